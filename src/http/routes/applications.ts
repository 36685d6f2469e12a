/** What applications report of themselves: events in Serin's own words, and metrics in OpenTelemetry's. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { fates, type ApplicationEvent, type Fate } from "../../metrics/events/book.ts";
import type { Status } from "../../rollout/status.ts";
import { eventOf, eventsIn, liveSplit, takenSchema, type Reported } from "../applications/events.ts";
import { answerBytes } from "../applications/otlp-bytes.ts";
import { otlpAnswerSchema, otlpSchema, understood, type Understood } from "../applications/otlp.ts";
import { BYTES_TYPE, isBytes } from "../bodies.ts";
import { errorBodySchema, PREFIX } from "../wire.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

const tags = ["events"];

export function applicationRoutes(app: App, wiring: Wiring): void {
  app.route({
    method: "POST",
    url: `${PREFIX}/events`,
    config: { role: "report", reads: "events" },
    schema: {
      tags,
      operationId: "reportEvents",
      summary: "Takes events of applications: one, a list, or one a line (NDJSON), each a ReportedEvent",
      body: z.string(),
      response: { 202: takenSchema, default: errorBodySchema },
    },
    handler: async ({ body, headers }, reply) => {
      const isLines = (headers["content-type"] ?? "").startsWith("application/x-ndjson");
      return reply.code(202).send(await takeAll(wiring, eventsIn(body, isLines)));
    },
  });

  app.route({
    method: "POST",
    url: "/otlp/v1/metrics",
    config: { role: "report", reads: "metrics" },
    schema: {
      tags,
      operationId: "reportMetrics",
      summary:
        "Takes metrics of OpenTelemetry exporters (OTLP/HTTP, protocol buffers or JSON): deltas, with serin.rollout among their attributes",
      body: otlpSchema,
      response: {
        200: inEither("what was not taken, if anything", otlpAnswerSchema),
        default: inEither("refused; in protocol buffers it is a google.rpc.Status", errorBodySchema),
      },
    },
    handler: async (request, reply) => {
      const answer = await takeMetrics(wiring, understood(request.body));
      // in the encoding of the request, as OTLP wants it
      return isBytes(request) ? reply.type(BYTES_TYPE).send(answerBytes(answer)) : answer;
    },
  });
}

/** An answer in JSON, or the same in protocol buffers. */
const inEither = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: {
    "application/json": { schema },
    [BYTES_TYPE]: { schema: z.instanceof(Buffer).meta({ type: "string", format: "binary" }) },
  },
});

type Taken = Record<Fate, number>;

const nothing = (): Taken => Object.fromEntries(fates.map((fate) => [fate, 0])) as Taken;

/** Each rollout is looked up once: all of a request meet the same split. */
async function takeAll(wiring: Wiring, reported: readonly Reported[]): Promise<Taken> {
  const statuses = await statusesOf(wiring, reported);
  const taken = nothing();
  for (const event of reported) {
    const fate = take(wiring, event, statuses.get(event.rollout) ?? null);
    taken[fate] += 1;
  }
  return taken;
}

async function statusesOf({ deps }: Wiring, reported: readonly Reported[]): Promise<ReadonlyMap<string, Status>> {
  const names = [...new Set(reported.map(({ rollout }) => rollout))];
  const found = await Promise.all(names.map(async (name) => [name, (await loaded(deps, name)).status] as const));
  return new Map(found);
}

function take(
  { deps, metrics }: Wiring,
  reported: Reported,
  status: Status | null,
  values: ApplicationEvent["values"] = null,
): Fate {
  if (deps.applications === undefined) throw new SerinError("NOT_FOUND", "this server takes no events of applications");
  const { rollout } = reported;
  const split = status === null ? null : liveSplit(status);
  const fate = deps.applications.take(rollout, split, { ...eventOf(reported, deps.now()), values });
  metrics.reported(rollout, fate, 1);
  return fate;
}

/** What cannot be understood or belongs to nobody is told, as OTLP wants it, and the rest is taken. */
async function takeMetrics(wiring: Wiring, points: readonly Understood[]): Promise<z.output<typeof otlpAnswerSchema>> {
  const refused = points.flatMap((each) => ("refused" in each ? [each.refused] : []));
  const events = points.flatMap((each) => ("event" in each ? [each] : []));
  const statuses = await statusesOf(
    wiring,
    events.map(({ event }) => event),
  );
  for (const { event, revision, values } of events) {
    const status = statuses.get(event.rollout) ?? null;
    const arm = revision === null ? event.arm : armOf(revision, status);
    if (arm === null) refused.push(`${event.name}: ${revision} is neither arm's revision`);
    else take(wiring, { ...event, arm }, status, values);
  }
  if (refused.length === 0) return {};
  return { partialSuccess: { rejectedDataPoints: String(refused.length), errorMessage: refused[0] } };
}

/** Null: neither's, or both are called alike. */
function armOf(revision: string | null, status: Status | null): "stable" | "canary" | null {
  const { stable, canary } = status?.plan ?? { stable: null, canary: null };
  if (stable?.revision === canary?.revision) return null;
  if (revision === canary?.revision) return "canary";
  return revision === stable?.revision ? "stable" : null;
}
