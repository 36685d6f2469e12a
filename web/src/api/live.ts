/**
 * The live stream: what the server tells goes into the query cache, so that a page has one place to read from. The browser
 * reconnects by itself and says what it saw last; a stream that is silent for too long is closed and opened anew.
 */
import type { QueryClient } from "@tanstack/react-query";
import type { EventView } from "../../../src/http/wire.ts";
import type { Beat, FleetRow, Overview } from "../../../src/http/wire-pages.ts";
import { Told } from "./told.ts";

/** `refused`: the server wants to know who asks. */
export type Link = "connecting" | "live" | "stale" | "refused";

export interface Liveness {
  readonly link: Link;
  /** When something was heard last, by this machine's clock. */
  readonly heardAt: number;
  /** The server's clock minus this machine's. */
  readonly offset: number;
  /** Version of the server. */
  readonly serin: string | null;
}

/** What each frame carries. */
interface Frames {
  readonly fleet: readonly FleetRow[];
  readonly overview: Overview;
  readonly journal: EventView;
  readonly gone: { readonly name: string };
  readonly beat: Beat;
}

/** Three beats missed. */
const SILENCE_MS = 13_000;
const LOOK_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/** A page nobody sees gives its connection back: a browser has six of them for a server. */
const HIDDEN_MS = 30_000;

export class LiveStream {
  readonly #told: Told;
  readonly #rollout: string | null;
  readonly #listeners = new Set<() => void>();
  #source: EventSource | null = null;
  #state: Liveness = { link: "connecting", heardAt: Date.now(), offset: 0, serin: null };
  #timers: number[] = [];
  #retryMs = 500;
  #openedAt = 0;
  #hiddenAt = 0;

  constructor(client: QueryClient, rollout: string | null) {
    this.#told = new Told(client);
    this.#rollout = rollout;
  }

  get state(): Liveness {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  open(): void {
    this.#connect();
    this.#timers.push(window.setInterval(() => this.#look(), LOOK_MS));
    document.addEventListener("visibilitychange", this.#seen);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#source?.close();
    this.#source = null;
  }

  readonly #seen = () => {
    this.#hiddenAt = document.hidden ? Date.now() : 0;
    if (!document.hidden && this.#source === null) this.#connect();
  };

  #connect(): void {
    this.#openedAt = Date.now();
    const source = new EventSource(this.#rollout === null ? "/v1/live" : `/v1/live?rollout=${this.#rollout}`);
    this.#source = source;
    const on = <F extends keyof Frames>(frame: F, take: (data: Frames[F]) => void) =>
      source.addEventListener(frame, ({ data }: MessageEvent<string>) => {
        if (this.#source !== source) return;
        this.#heard();
        take(JSON.parse(data) as Frames[F]);
      });
    on("fleet", (rows) => this.#told.fleet(rows));
    on("overview", (seen) => this.#told.overview(seen));
    on("journal", (entry) => this.#told.journal(entry));
    on("gone", ({ name }) => this.#told.gone(name));
    on("beat", ({ now, serin }) => this.#set({ offset: now - Date.now(), serin }));
  }

  /** A look at the link itself: silent, closed for good, or given back because nobody looks. */
  #look(): void {
    if (this.#hiddenAt > 0 && Date.now() - this.#hiddenAt > HIDDEN_MS) {
      this.#source?.close();
      this.#source = null;
      return;
    }
    const silent = Date.now() - Math.max(this.#state.heardAt, this.#openedAt) > SILENCE_MS;
    const closed = this.#source?.readyState === EventSource.CLOSED;
    const down = this.#source?.readyState !== EventSource.OPEN;
    if (down && this.#state.link === "live") this.#set({ link: "stale" });
    if (silent || closed) void this.#again();
  }

  async #again(): Promise<void> {
    if (Date.now() - this.#openedAt < this.#retryMs) return;
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_WAIT_MS);
    this.#openedAt = Date.now();
    this.#source?.close();
    // EventSource does not say why it was refused; a plain question does.
    const status = await fetch("/v1/version").then(
      (response) => response.status,
      () => 0,
    );
    this.#set({ link: status === 401 || status === 403 ? "refused" : "stale" });
    if (status === 200) this.#connect();
  }

  #heard(): void {
    this.#retryMs = 500;
    this.#set({ link: "live", heardAt: Date.now() });
  }

  #set(change: Partial<Liveness>): void {
    const fresh = change.link !== undefined && change.link !== this.#state.link;
    const moved = change.offset !== undefined && Math.abs(change.offset - this.#state.offset) > 250;
    const renamed = change.serin !== undefined && change.serin !== this.#state.serin;
    this.#state = { ...this.#state, ...change };
    if (fresh || moved || renamed) for (const listener of this.#listeners) listener();
  }
}
