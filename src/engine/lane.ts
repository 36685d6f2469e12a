/**
 * One notifier's way through the journal of one rollout: entry after entry, in order, each at least once. Sent first and
 * remembered afterwards: whoever is killed in between sends it again, and a message's id says that it is the same.
 */
import type { BulkheadPolicy } from "cockatiel";
import { asSerinError, type SerinError } from "../errors.ts";
import type { Log } from "./log.ts";
import type { Clock, JournalEntry, Notifier, Records } from "./ports.ts";
import { Turns } from "./turns.ts";

export interface LaneParts {
  readonly records: Pick<Records, "journal" | "cursor" | "advance">;
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  readonly log: Log;
  /** Told how each attempt went. */
  readonly counted?: (rollout: string, notifier: string, fate: Fate) => void;
  /** How many messages are under way at a time, over all lanes. */
  readonly slots: Pick<BulkheadPolicy, "execute">;
}

/** `failed` is tried again, `givenUp` never arrives. */
export const fates = ["sent", "failed", "givenUp"] as const;
export type Fate = (typeof fates)[number];

/** Entries read at once. */
const PAGE = 100;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;

/** Ever longer, and never twice the same: those that failed together do not come back together. */
export function retryMs(tries: number, random: number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 30));
  return Math.round(full * (0.5 + random / 2));
}

export class Lane {
  /** The present one: a document may have changed since the last attempt. */
  notifier: Notifier;
  readonly #rollout: string;
  readonly #name: string;
  readonly #parts: LaneParts;
  readonly #turns = new Turns(() => this.#catchUp());
  readonly #stop = new AbortController();
  #last = false;
  #after: number | null = null;
  #tries = 0;
  #rouse: (() => void) | null = null;

  constructor(rollout: string, name: string, notifier: Notifier, parts: LaneParts) {
    this.#rollout = rollout;
    this.#name = name;
    this.notifier = notifier;
    this.#parts = parts;
  }

  /** There may be news. A wait after a failure is not cut short by it. */
  nudge(): void {
    if (!this.#stop.signal.aborted) this.#turns.ask();
  }

  /** Something was changed that may have been in the way: tries now. */
  hurry(): void {
    this.#tries = 0;
    if (this.#rouse === null) this.nudge();
    else this.#rouse();
  }

  /** Goes on to the journal's end or to the first failure, whichever is first, and rests there for good. */
  async finish(): Promise<void> {
    this.#last = true;
    this.hurry();
    await this.#turns.idle();
  }

  /** Drops what is under way and does nothing more. */
  stop(): void {
    this.#stop.abort();
    this.#rouse?.();
  }

  async #catchUp(): Promise<void> {
    const { records } = this.#parts;
    for (;;) {
      const after = (this.#after ??= await this.#insist("the outbox", () => records.cursor(this.#rollout, this.#name)));
      if (after === null) return;
      const page = await this.#insist("the outbox", () =>
        records.journal(after, { rollout: this.#rollout, limit: PAGE }),
      );
      for (const entry of page ?? []) if (!(await this.#deliver(entry))) return;
      if (page === null || page.length < PAGE) return;
    }
  }

  /** False when the lane ended before. */
  async #deliver(entry: JournalEntry): Promise<boolean> {
    const { records, slots } = this.#parts;
    const attempt = () => slots.execute(({ signal }) => this.notifier.send(entry, signal), this.#stop.signal);
    const sent = await this.#insist("a message", () => attempt().then((): Fate => "sent", this.#failed(entry)));
    if (sent === null) return false;
    this.#count(sent);
    const kept = await this.#insist("the outbox", async () => {
      await records.advance(this.#rollout, this.#name, entry.seq);
      return true;
    });
    if (kept !== null) this.#after = entry.seq;
    return kept !== null;
  }

  /** A message that can never arrive holds up no others: it is said once, here, and passed over. */
  readonly #failed =
    ({ seq }: JournalEntry) =>
    (thrown: unknown): Fate => {
      const error = asSerinError(thrown);
      if (error.details["permanent"] === true) {
        this.#say("error", `a message was given up: ${error.message}`, { seq, code: error.code });
        return "givenUp";
      }
      if (!this.#stop.signal.aborted) this.#count("failed");
      throw error;
    };

  #count(fate: Fate): void {
    this.#parts.counted?.(this.#rollout, this.#name, fate);
  }

  /** Again and again, ever more slowly, until it works; null when the lane ends before. Says so at the first failure and at the end. */
  async #insist<T>(what: string, act: () => Promise<T>): Promise<T | null> {
    this.#tries = 0;
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        const done = await act();
        if (failures > 0) this.#say("info", `${what} went through after ${failures} failed attempts`);
        return done;
      } catch (thrown) {
        const error = asSerinError(thrown);
        if (this.#stop.signal.aborted) return null;
        if (failures === 0) this.#say("warn", `${what} is delayed: ${error.message}`, { code: error.code });
        if (this.#last) this.stop();
        else await this.#rest(error);
      }
    }
    return null;
  }

  async #rest({ details }: SerinError): Promise<void> {
    const { clock } = this.#parts;
    const asked = typeof details["retryAfterMs"] === "number" ? details["retryAfterMs"] : 0;
    const at = clock.now() + Math.max(asked, retryMs(this.#tries++, this.#parts.random()));
    await new Promise<void>((resolve) => {
      const cancel = clock.wakeAt(at, resolve);
      this.#rouse = () => {
        cancel();
        resolve();
      };
    });
    this.#rouse = null;
  }

  #say(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#parts.log(level, message, { rollout: this.#rollout, notifier: this.#name, ...fields });
  }
}
