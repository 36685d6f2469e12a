/** Why: one event of the journal with the decision behind it, made again from its record. */
import { z } from "zod";
import type { JournalEntry } from "../../engine/ports.ts";
import { SerinError } from "../../errors.ts";
import { gateSentence, promise } from "../explain.ts";
import { outlooks } from "../pages/outlook.ts";
import type { Decided } from "../pages/trace.ts";
import { eventView, gateView, neededFor } from "../views.ts";
import { errorBodySchema, nameSchema, PREFIX, whole } from "../wire.ts";
import { whySchema, type Why } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

/** A long release takes its time to be walked through. */
const PATIENCE_MS = 8000;
/** Events that are told before the one that is asked about. */
const BEFORE = 12;

export function whyRoutes(app: App, { deps, traces }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/why/:seq`,
    schema: {
      tags: ["pages"],
      operationId: "why",
      summary: "One event, what led to it, and how every gate stood when it was decided",
      params: z.strictObject({ name: nameSchema, seq: whole(1, 999_999_999_999_999) }),
      response: { 200: whySchema, default: errorBodySchema },
    },
    handler: async ({ params: { name, seq } }): Promise<Why> => {
      const { spec } = await loaded(deps, name);
      const entries = await leadingTo(deps.records, name, seq);
      const entry = entries.at(-1);
      if (entry?.seq !== seq) throw new SerinError("NOT_FOUND", `the journal of ${name} has no entry ${seq}`);
      const { release } = entry.event;
      const traced = await traces.of(name, release, PATIENCE_MS);
      const decided = traced?.trace.decided.find((one) => tells(one, entry)) ?? null;
      if (decided === null && traced?.complete === false)
        throw new SerinError("TIMEOUT", `the record of release ${release} is still being read: ask again in a moment`);
      const before = entries.slice(0, -1).filter(({ event }) => event.release === release);
      return {
        name,
        release,
        event: eventView(entry),
        before: before.slice(-BEFORE).map(eventView),
        promise: promise(decided?.spec ?? spec, decided?.status ?? {}),
        decided: decided === null ? null : decidedView(decided),
      };
    },
  });
}

const PAGE = 1000;
/** Nothing further back than this many entries of all rollouts can be among the last of this one. */
const REACH = 500;

async function leadingTo(
  records: Wiring["deps"]["records"],
  name: string,
  seq: number,
): Promise<readonly JournalEntry[]> {
  const page = await records.journal(Math.max(0, seq - REACH - 1), { rollout: name, limit: PAGE });
  return page.filter((entry) => entry.seq <= seq);
}

const tells = ({ events }: Decided, { event }: JournalEntry): boolean =>
  events.some((one) => one.type === event.type && JSON.stringify(one) === JSON.stringify(event));

function decidedView({ version, inputs, spec, status, weight }: Decided): NonNullable<Why["decided"]> {
  const standing = { spec, status, version, signals: [] };
  const views = outlooks(spec, status, inputs.now).map((outlook) => {
    const gate = spec.gates.find(({ name }) => name === outlook.gate);
    return gate === undefined ? null : { ...gateView(gate, standing), outlook };
  });
  const gates = views.filter((view) => view !== null).map((view) => ({ ...view, sentence: gateSentence(view) }));
  const { now, formula, reported } = inputs;
  return {
    version,
    at: now,
    formula,
    weight,
    reported: typeof reported === "string" ? reported : `plan ${reported.version}`,
    logHarm: status.logHarm,
    harmAt: neededFor(spec.promise.falseRollback),
    gates,
  };
}
