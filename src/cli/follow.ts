/**
 * Following one rollout: how it stands and what has happened, again at every event and at least every `everyMs`, since
 * evidence grows between events. The stream of events only rings the bell; what is shown is always asked for, so that a
 * state and the events that led to it come together, and nothing is lost where a stream is.
 */
import { asSerinError, type SerinError } from "../errors.ts";
import type { EventView, RolloutView } from "../http/wire.ts";
import type { Client } from "./client.ts";
import { decided } from "./exit.ts";
import type { Shell } from "./shell.ts";

export interface Sight {
  readonly view: RolloutView;
  /** New ones, oldest first. */
  readonly events: readonly EventView[];
}

export type Seen =
  | Sight
  /** The server does not answer any more; told once each time. */
  | { readonly lost: SerinError };

export interface Following {
  /** Events after this one are new; null where nobody looks at events. */
  readonly after: number | null;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** How long the server may be silent until that is an error. */
  readonly patienceMs?: number;
}

const EVERY_MS = 1000;
const PATIENCE_MS = 60_000;
const FIRST_RETRY_MS = 250;

/** Ends when `signal` aborts. Throws what asking throws, when asking again does not help. */
export async function* follow(
  client: Client,
  name: string,
  how: Following,
  shell: Pick<Shell, "now" | "sleep">,
): AsyncGenerator<Seen> {
  const { signal, everyMs = EVERY_MS, patienceMs = PATIENCE_MS } = how;
  const end = new AbortController();
  const over = AbortSignal.any([signal, end.signal]);
  const bell = new Bell();
  const listening = listen(client, name, bell, over);
  let { after } = how;
  let failures = 0;
  let answered: number | null = null;
  try {
    while (!signal.aborted) {
      const seen = await look(client, name, after, signal).catch(asSerinError);
      if (signal.aborted) return;
      if ("view" in seen) {
        [answered, failures] = [shell.now(), 0];
        after = seen.events.at(-1)?.seq ?? after;
        yield seen;
        await bell.wait(everyMs, over, shell);
      } else {
        // A server that never answered is not there; one that did may come back.
        if (!seen.kind.retry || answered === null || shell.now() - answered >= patienceMs) throw seen;
        if (failures++ === 0) yield { lost: seen };
        await shell.sleep(Math.min(FIRST_RETRY_MS * 2 ** failures, everyMs * 2), over);
      }
    }
  } finally {
    end.abort();
    await listening;
  }
}

/** How it stands, and then what led there: events asked for later cover what is seen earlier. */
async function look(client: Client, name: string, after: number | null, signal: AbortSignal): Promise<Sight> {
  const view = await client.get(name, signal);
  const events: EventView[] = [];
  if (after === null) return { view, events };
  for await (const event of client.journal(name, after, signal)) events.push(event);
  return { view, events };
}

/** A stream that cannot be had is no harm: the clock rings as well. */
async function listen(client: Client, name: string, bell: Bell, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of client.stream({ rollout: name, signal, patienceMs: Infinity })) bell.ring();
  } catch {
    // asking itself says what is wrong
  }
}

/** Remembers a ring that comes while nobody waits. */
class Bell {
  #rung = false;
  #wake = new AbortController();

  ring(): void {
    this.#rung = true;
    this.#wake.abort();
  }

  async wait(ms: number, signal: AbortSignal, shell: Pick<Shell, "sleep">): Promise<void> {
    if (!this.#rung) await shell.sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
    this.#rung = false;
    this.#wake = new AbortController();
  }
}

/** How long the last plan of a release that has ended may take to become live. */
const SETTLE_MS = 15_000;

/**
 * Whether the release has ended and its last plan is live: only then may the loser's backends be shut down. A router
 * that does not come round within a while is not waited for.
 */
export function settled(view: RolloutView, now: number): boolean {
  return decided(view) && (view.liveAt !== null || view.endedAt === null || now - view.endedAt >= SETTLE_MS);
}

/** Whether the release has ended and its last plan is still not live. */
export const unsettled = (view: RolloutView): boolean => decided(view) && view.liveAt === null;
