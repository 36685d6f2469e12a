/** Explaining: where a rollout stands, by which numbers, under which promise, and what comes next. */
import { z } from "zod";
import type { Loaded, Records } from "../../engine/ports.ts";
import { SerinError } from "../../errors.ts";
import type { EventType } from "../../rollout/events.ts";
import type { ServerDeps } from "../deps.ts";
import { gateSentence, hookSentence, next, promise, stand } from "../explain.ts";
import { stripViews } from "../ground.ts";
import { eventView, gateView, neededFor } from "../views.ts";
import { watchView } from "../watched.ts";
import {
  errorBodySchema,
  explainQuerySchema,
  explanationSchema,
  nameSchema,
  PREFIX,
  type EventView,
  type Explanation,
} from "../wire.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

export function explainRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/explain`,
    schema: {
      tags: ["rollouts"],
      operationId: "explainRollout",
      summary: "Why a rollout stands where it stands",
      params: z.strictObject({ name: nameSchema }),
      querystring: explainQuerySchema,
      response: { 200: explanationSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { gate } }) => explain(deps, name, gate),
  });
}

async function explain(deps: ServerDeps, name: string, gate: string | undefined): Promise<Explanation> {
  const found = await loaded(deps, name);
  const { spec, status } = found;
  const gates = spec.gates.filter((one) => gate === undefined || one.name === gate).map((one) => gateView(one, found));
  if (gate !== undefined && gates.length === 0)
    throw noSuchGate(
      name,
      gate,
      spec.gates.map((one) => one.name),
    );
  return {
    name,
    release: status.release,
    phase: status.phase,
    outcome: status.outcome,
    sentence: stand(spec, status),
    promise: promise(spec, status),
    next: next(spec, status, deps.now()),
    logHarm: status.logHarm,
    harmAt: neededFor(spec.promise.falseRollback),
    gates: gates.map((one) => ({ ...one, sentence: gateSentence(one) })),
    hooks: gate === undefined ? heard(found) : [],
    strips: stripViews(spec, status).filter((strip) => gate === undefined || strip.gate === gate),
    watch: gate === undefined ? watchView(spec, status) : null,
    history: await history(deps.records, name, status.release, gate),
  };
}

/** What each hook that is asked said last. */
function heard({ spec, status }: Loaded): Explanation["hooks"] {
  const asked = spec.hooks.filter(({ on }) => on !== "event");
  return asked.map((hook) => {
    const known = status.hooks[hook.name] ?? null;
    return {
      hook: hook.name,
      on: hook.on,
      said: known?.said ?? null,
      askedAt: known?.askedAt ?? null,
      no: known?.no ?? 0,
      sentence: hookSentence(hook, known),
      output: known?.output?.split("\n") ?? [],
    };
  });
}

function noSuchGate(name: string, gate: string, known: readonly string[]): SerinError {
  return new SerinError("NOT_FOUND", `${name} has no gate named ${gate}; it has ${known.join(", ")}`, {
    details: { known },
  });
}

/** Progress that explains nothing. */
const quiet: readonly EventType[] = ["planLive", "stepEntered"];
const PAGE = 1000;
const LONGEST = 50;

/** The last events of a release that led somewhere; of one gate, when asked for one. */
async function history(
  records: Records,
  name: string,
  release: number,
  gate: string | undefined,
): Promise<EventView[]> {
  let kept: EventView[] = [];
  let after = 0;
  for (;;) {
    const page = await records.journal(after, { rollout: name, limit: PAGE });
    const telling = page.filter(({ event }) => event.release === release && !quiet.includes(event.type));
    const about = telling.filter(({ event }) => gate === undefined || !("gate" in event) || event.gate === gate);
    kept = [...kept, ...about.map(eventView)].slice(-LONGEST);
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return kept;
  }
}
