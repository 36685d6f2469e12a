/** Signals: what people ask of a rollout. They are kept, the engine takes them; whoever wants waits for what it made of them. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import type { JournalEntry } from "../../engine/ports.ts";
import type { Signal } from "../../rollout/signals.ts";
import { eventView } from "../views.ts";
import {
  errorBodySchema,
  nameSchema,
  PREFIX,
  signalQuerySchema,
  signalRequestSchema,
  signalResultSchema,
  type EventView,
  type SignalRequest,
  type SignalResult,
} from "../wire.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

/** The longest wait and what surrounds it. */
const PATIENCE_MS = 75_000;

export function signalRoutes(app: App, wiring: Wiring): void {
  app.route({
    method: "POST",
    url: `${PREFIX}/rollouts/:name/signals`,
    config: { role: "act", reads: "json" },
    handlerTimeout: PATIENCE_MS,
    schema: {
      tags: ["signals"],
      operationId: "sendSignal",
      summary: "Asks something of a rollout: start, promote, pause, resume, abort, approve, retry, undo",
      params: z.strictObject({ name: nameSchema }),
      querystring: signalQuerySchema,
      body: signalRequestSchema,
      response: { 200: signalResultSchema, 202: signalResultSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query, body, caller }, reply) => {
      const asked = await ask(wiring, name, body, caller.name);
      if (!query.wait) return reply.code(202).send(asked.result);
      const result = await outcome(wiring, asked, AbortSignal.timeout(query.timeout * 1000));
      return reply.code(result.outcome === "pending" ? 202 : 200).send(result);
    },
  });
}

interface Asked {
  readonly result: SignalResult;
  /** The journal's end before it was asked: what follows from it is behind. */
  readonly before: number;
}

/** Keeps a signal and wakes the engine. Throws NOT_FOUND. */
export async function ask(
  { deps }: Pick<Wiring, "deps">,
  name: string,
  { verb, why, canary, meant }: SignalRequest & Pick<Signal, "meant">,
  by: string,
): Promise<Asked> {
  await loaded(deps, name);
  const before = await deps.records.lastSeq();
  const at = deps.now();
  const signal: Signal = {
    verb,
    by,
    ...(why === undefined ? {} : { why }),
    ...(canary === undefined ? {} : { canary }),
    ...(meant === undefined ? {} : { meant }),
  };
  const id = await deps.records.signal(name, at, signal);
  deps.engine.wake(name);
  return { result: { id, rollout: name, verb, by, at, outcome: "pending", event: null }, before };
}

/** Waits until the engine has taken the signal. Throws CONFLICT when it refused. */
export async function outcome(wiring: Wiring, { result, before }: Asked, late: AbortSignal): Promise<SignalResult> {
  const { deps, changes, closing, limits } = wiring;
  const stop = AbortSignal.any([late, closing]);
  for (;;) {
    const mark = changes.mark();
    const { signals } = await loaded(deps, result.rollout);
    if (!signals.some(({ id }) => id === result.id)) break;
    if (stop.aborted) return result;
    await changes.after(mark, limits.pollMs, stop);
  }
  const events = await deps.records.journal(before, { rollout: result.rollout, limit: 1000 });
  const refused = events.find((entry) => refuses(entry, result));
  if (refused !== undefined) {
    throw new SerinError("CONFLICT", sentenceOf(refused), {
      details: { event: eventView(refused), signal: result.id },
    });
  }
  return { ...result, outcome: "accepted", event: following(events, result.by) };
}

/** By the signal's own number; an engine that does not tell it is believed by verb and person. */
function refuses({ event }: JournalEntry, { id, verb, by }: SignalResult): boolean {
  if (event.type !== "signalRefused") return false;
  return event.signal === undefined ? event.verb === verb && event.by === by : event.signal === id;
}

const sentenceOf = (entry: JournalEntry): string => eventView(entry).sentence;

/** The first thing that happened in this person's name since. */
function following(events: readonly JournalEntry[], by: string): EventView | null {
  const found = events.find(({ event }) => event.type !== "signalRefused" && "by" in event && event.by === by);
  return found === undefined ? null : eventView(found);
}
