/**
 * Everything that crosses the wire, once: the zod schemas of the API, from which its OpenAPI page, its checks and the
 * types of its callers derive. Times are epoch milliseconds, weights and shares are basis points (1 = 0.01 %).
 *
 * | method and path                        | role | query                      | body              | answers                                    |
 * | -------------------------------------- | ---- | -------------------------- | ----------------- | ------------------------------------------ |
 * | GET /healthz                           | none |                            |                   | 200 Health                                 |
 * | GET /metrics                           | view |                            |                   | 200 Prometheus text                        |
 * | GET /v1/version                        | view |                            |                   | 200 Version                                |
 * | GET /v1/openapi.json                   | view |                            |                   | 200 OpenAPI 3.1                            |
 * | GET /v1/schema                         | view |                            |                   | 200 JSON Schema of the document            |
 * | GET /v1/rollouts                       | view |                            |                   | 200 RolloutList                            |
 * | GET /v1/rollouts/:name                 | view |                            |                   | 200 RolloutView                            |
 * | PUT /v1/rollouts/:name                 | act  |                            | YAML or JSON text | 201 created, 200 replaced/unchanged: PutResult |
 * | DELETE /v1/rollouts/:name              | act  | stop=true                  |                   | 204; 409 while a release is under way, or its gateway serves and is not to stop |
 * | POST /v1/rollouts/:name/signals        | act  | wait=true, timeout=10      | SignalRequest     | 202 SignalResult; waiting: 200 accepted, 202 still pending, 409 refused |
 * | GET /v1/rollouts/:name/events          | view | after, limit               |                   | 200 EventPage                              |
 * | GET /v1/rollouts/:name/explain         | view | gate                       |                   | 200 Explanation                            |
 * | GET /v1/rollouts/:name/measurements    | view | gate, release, after, limit |                  | 200 MeasurementList                        |
 * | GET /v1/events                         | view | rollout, after             |                   | 200 text/event-stream                      |
 *
 * Live events: `id` is the sequence number, `event` the event's type, `data` one EventView. Without `after` or a
 * `Last-Event-ID` header a stream begins with what happens next; `after=0` gives the whole journal first. The first
 * block carries only an `id`, so that a reader which is cut off before the first event still resumes where it began.
 *
 * Every error answers with ErrorBody; `code`, the HTTP status and `retry` are those of `errors.ts`. A refused document
 * lists its Problems in `error.details.problems`. A refused signal answers 409 CONFLICT with `error.details.event`.
 *
 * Access: `Authorization: Bearer TOKEN` where the server has tokens. Where it has none (loopback only) the header
 * `Serin-User`, percent-encoded, says who acts.
 */
import { z } from "zod";
import { gateKinds } from "../analysis/metric.ts";
import type { Measurement } from "../analysis/measurement.ts";
import { countings } from "../analysis/metric.ts";
import { grounds } from "../analysis/strip.ts";
import { verdictKinds } from "../analysis/verdict.ts";
import { errorKinds, type ErrorCode } from "../errors.ts";
import type { EventType, RolloutEvent, Severity } from "../rollout/events.ts";
import { hookMoments } from "../rollout/hook.ts";
import { drawsSchema, exposureSchema } from "../rollout/exposure.ts";
import { outcomes } from "../rollout/outcome.ts";
import { signalVerbs } from "../rollout/signals.ts";
import { armSchema } from "../rollout/spec.ts";
import { phases } from "../rollout/status.ts";
import { armPlanSchema, FULL_WEIGHT, trafficPlanSchema } from "../rollout/traffic.ts";

/** Where `serin serve` listens and where the CLI asks unless told otherwise. */
export const DEFAULT_LISTEN = "127.0.0.1:7077";
/** Path prefix of all but /healthz and /metrics. */
export const PREFIX = "/v1";
/** Says who acts, where the server has no tokens. Percent-encoded UTF-8. */
export const USER_HEADER = "serin-user";
/** What the body of PUT may be called. */
export const documentTypes = ["application/yaml", "application/json"] as const;
/** Largest request body, bytes. */
export const BODY_LIMIT = 1_048_576;

/** Gives a schema its name in the OpenAPI page. */
export function name<S extends z.ZodType>(id: string, schema: S): S {
  z.globalRegistry.add(schema, { id });
  return schema;
}

export const instant = z.number().describe("epoch milliseconds");
export const basisPoints = z.number().min(0).max(FULL_WEIGHT).describe("basis points: 1 = 0.01 %, 10000 = everybody");
export const logarithm = z.number().describe("natural logarithm of evidence");
export const count = z.number().min(0);

// ---------------------------------------------------------------- errors

/** One mistake in a document, with its place. */
export const problemSchema = name(
  "Problem",
  z.strictObject({
    file: z.string(),
    line: z.int(),
    column: z.int(),
    path: z.string().describe("e.g. spec.gates[0].failures"),
    message: z.string(),
    nearest: z.string().optional().describe("the nearest known word"),
  }),
);
export type Problem = z.infer<typeof problemSchema>;

const errorCodes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];
export const errorBodySchema = name(
  "ErrorBody",
  z.strictObject({
    error: z.strictObject({
      code: z.enum(errorCodes),
      message: z.string().describe("a sentence for people"),
      details: z.record(z.string(), z.unknown()).optional().describe("`problems` lists what does not fit, see Problem"),
      retry: z.boolean().describe("whether the same call may succeed later without anything being changed"),
    }),
  }),
);
export type ErrorBody = z.infer<typeof errorBodySchema>;

// ---------------------------------------------------------------- rollouts

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "expected lower-case letters, digits and dashes, at most 63")
  .describe("the rollout's name");

/** What is measured, in contrast to what is wanted. */
export const liveSchema = name(
  "Live",
  z.strictObject({
    at: instant,
    plan: z.int().nullable().describe("version of the plan that the gateway reports live"),
    windowMs: z.number().describe("the recent time over which the share was measured"),
    share: basisPoints
      .nullable()
      .describe("measured share of assigned traffic that met the canary; null without traffic"),
    ...exposureSchema.shape,
    idle: z
      .strictObject({ requests: count, failures: count })
      .describe("what stable served since then while nothing was being released"),
    draws: drawsSchema
      .nullable()
      .describe("whether people who came for the first time drew their arms by the weights; null where nobody draws"),
  }),
);
export type Live = z.infer<typeof liveSchema>;

const stepStates = ["done", "current", "next", "skipped"] as const;
export const stepSchema = name(
  "StepView",
  z.strictObject({
    index: z.int().describe("0 for the first"),
    kind: z.string().describe("setWeight, pause, analyze, approve, mirror, ..."),
    options: z.record(z.string(), z.unknown()).describe("durations in milliseconds, weights in basis points"),
    label: z.string().describe("for people, e.g. setWeight 5 %"),
    state: z.enum(stepStates),
  }),
);
export type StepView = z.infer<typeof stepSchema>;

export const gateSchema = name(
  "GateView",
  z.strictObject({
    gate: z.string(),
    kind: z.enum(gateKinds),
    dryRun: z.boolean(),
    verdict: z.enum(verdictKinds).nullable().describe("null: never judged"),
    reason: z.string(),
    logHarm: logarithm.describe("evidence of harm beyond the margin, ln E"),
    logSafe: logarithm.describe("evidence of safety within the limit in the present stage, ln E"),
    harmAt: logarithm.describe("the rollout is rolled back when the weighted evidence of its gates reaches this"),
    safeAt: logarithm.describe("the gate passes when logSafe reaches this"),
    numbers: z.record(z.string(), z.number()),
    measuredTo: instant.nullable(),
  }),
);
export type GateView = z.infer<typeof gateSchema>;

/** Slices of stable as pretended canaries: is the ground of the promise firm? See `docs/gates.md`, the small print. */
export const stripSchema = name(
  "StripView",
  z.strictObject({
    gate: z.string(),
    counting: z.enum(countings),
    ground: z
      .enum(grounds)
      .describe("valid: as promised; clustered: requests hang together, count people; void: people do too"),
    crossed: z.int().describe("slices that look harmful against the rest"),
    expected: z.number().describe("how many of them are expected at most"),
    phi: z.number().describe("by what factor failures vary more than chance"),
    phiUpper: z.number().describe("and at most, at 95 %"),
    sentence: z.string(),
    slices: z.array(
      z.strictObject({
        n: count,
        bad: count,
        logHarm: logarithm.describe("the most evidence that it has shown; ln 20 crosses"),
        crossed: z.boolean(),
      }),
    ),
  }),
);
export type StripView = z.infer<typeof stripSchema>;

/** What was promoted, while it is watched. */
export const watchSchema = name(
  "WatchView",
  z.strictObject({
    before: z.string().describe("revision that is kept warm, to take everybody back"),
    from: instant.nullable().describe("when its plan became live; null while it is not"),
    forMs: z.number().describe("how long it lasts, milliseconds"),
    holdback: basisPoints.describe("share of units that stay with the revision before"),
    logHarm: logarithm.describe("sum of bets of all gates together, ln"),
    harmAt: logarithm.describe("everybody is taken back when logHarm reaches this"),
    unready: z.string().nullable().describe("why the revision before could not take over now; null when it could"),
    promise: z.string(),
    gates: z.array(
      z.strictObject({
        gate: z.string(),
        logHarm: logarithm,
        measured: z.boolean(),
        reason: z.string(),
        numbers: z.record(z.string(), z.number()),
      }),
    ),
  }),
);
export type WatchView = z.infer<typeof watchSchema>;

export const summaryShape = {
  name: nameSchema,
  phase: z.enum(phases),
  outcome: z.enum(outcomes).nullable(),
  release: z.int().describe("0: none was ever started"),
  stable: z.string().describe("revision that serves as stable"),
  canary: z.string().nullable().describe("revision that is, or was last, being released"),
  step: z.int().describe("index of the current step; equals steps when all are done"),
  steps: z.int(),
  weight: basisPoints.describe("share of units that is to meet the canary"),
  liveWeight: basisPoints.nullable().describe("measured share; null when not known"),
  pausedBy: z.enum(["person", "step", "undecided"]).nullable(),
  reason: z.string(),
  sentence: z.string().describe("where the rollout stands, for people"),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
};
export const summarySchema = name("RolloutSummary", z.strictObject(summaryShape));
export type RolloutSummary = z.infer<typeof summarySchema>;

export const rolloutListSchema = name("RolloutList", z.strictObject({ rollouts: z.array(summarySchema) }));
export type RolloutList = z.infer<typeof rolloutListSchema>;

export const rolloutSchema = name(
  "RolloutView",
  z.strictObject({
    ...summaryShape,
    version: z.int().describe("grows with every commit"),
    document: z.unknown().describe("the document as written: an object, or YAML text"),
    stableArm: armPlanSchema,
    canaryArm: armPlanSchema.nullable(),
    previousArm: armPlanSchema.nullable().describe("where `undo` goes"),
    plan: trafficPlanSchema.describe("the split that is wanted"),
    live: liveSchema.nullable().describe("what is measured; null when nobody can say"),
    stepList: z.array(stepSchema),
    gates: z.array(gateSchema),
    strips: z.array(stripSchema).describe("the A/A strip of each gate whose source slices stable"),
    watch: watchSchema.nullable().describe("what was promoted, while it is watched"),
    logHarm: logarithm.describe("evidence of harm of all gates together"),
    harmAt: logarithm,
    enteredAt: instant.describe("when the current step was entered"),
    liveAt: instant.nullable().describe("when the router first reported its plan live"),
    wakeAt: instant.nullable(),
    signals: z
      .array(z.strictObject({ id: z.int(), at: instant, verb: z.enum(signalVerbs), by: z.string() }))
      .describe("asked and not yet taken"),
  }),
);
export type RolloutView = z.infer<typeof rolloutSchema>;

export const putResultSchema = name(
  "PutResult",
  z.strictObject({ name: nameSchema, result: z.enum(["created", "replaced", "unchanged"]) }),
);
export type PutResult = z.infer<typeof putResultSchema>;

// ---------------------------------------------------------------- queries

/** A whole number in a query: digits and nothing else ("", "1e3" and " 5" are no numbers here). */
export function whole(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "expected a whole number")
    .transform(Number)
    .refine((n) => n >= minimum && n <= maximum, `expected a whole number from ${minimum} to ${maximum}`)
    .meta({ type: "integer", minimum, maximum });
}
export const position = whole(0, 999_999_999_999_999);
const limit = whole(1, 1000).default(100).meta({ description: "how many at most; 100 unless said" });

// ---------------------------------------------------------------- signals

export const signalRequestSchema = name(
  "SignalRequest",
  z
    .strictObject({
      verb: z.enum(signalVerbs),
      why: z.string().max(2000).optional(),
      canary: armSchema
        .pick({ revision: true, backends: true })
        .optional()
        .describe("for `start`: what to release; the document's canary unless said"),
    })
    .refine((asked) => asked.canary === undefined || asked.verb === "start", {
      path: ["canary"],
      message: "only `start` takes a canary",
    }),
);
export type SignalRequest = z.infer<typeof signalRequestSchema>;

export const signalQuerySchema = z.strictObject({
  wait: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("answer only when the engine has taken the signal"),
  timeout: whole(0, 60).default(10).meta({ description: "seconds to wait at most; 10 unless said" }),
});

// ---------------------------------------------------------------- events

const severities = ["info", "attention", "good", "bad"] as const satisfies readonly Severity[];

/** One entry of the journal with its sentence. `event` is the event as remembered: its fields depend on `type`. */
export const eventSchema = name(
  "EventView",
  z.strictObject({
    seq: z.int(),
    rollout: z.string(),
    at: instant,
    release: z.int(),
    type: z.string() as unknown as z.ZodType<EventType>,
    severity: z.enum(severities),
    sentence: z.string(),
    event: z.record(z.string(), z.unknown()) as unknown as z.ZodType<RolloutEvent>,
  }),
);
export type EventView = z.infer<typeof eventSchema>;

export const eventPageSchema = name(
  "EventPage",
  z.strictObject({
    events: z.array(eventSchema).describe("oldest first"),
    next: z.int().describe("ask with after=next for what follows"),
  }),
);
export type EventPage = z.infer<typeof eventPageSchema>;

export const eventQuerySchema = z.strictObject({
  after: position.default(0).describe("only entries with a greater sequence number"),
  limit,
});
export const streamQuerySchema = z.strictObject({
  rollout: nameSchema.optional(),
  after: position.optional().describe("begin after this entry; Last-Event-ID wins"),
});

export const signalResultSchema = name(
  "SignalResult",
  z.strictObject({
    id: z.int(),
    rollout: nameSchema,
    verb: z.enum(signalVerbs),
    by: z.string(),
    at: instant,
    outcome: z.enum(["accepted", "pending"]).describe("refused signals answer 409"),
    event: eventSchema.nullable().describe("what followed, when waited for and told apart"),
  }),
);
export type SignalResult = z.infer<typeof signalResultSchema>;

// ---------------------------------------------------------------- explaining

/** What a hook said last, in words too. */
const heardSchema = z.strictObject({
  hook: nameSchema,
  on: z.enum(hookMoments),
  said: z.enum(["yes", "no", "error"]).nullable().describe("error: it gave no answer; null: not asked in this release"),
  askedAt: instant.nullable(),
  no: z.int().describe("how often it said no on this occasion"),
  sentence: z.string(),
  output: z.array(z.string()).describe("the last lines that a program printed, 1,000 characters at most"),
});

export const explainQuerySchema = z.strictObject({ gate: z.string().min(1).max(63).optional() });
export const explanationSchema = name(
  "Explanation",
  z.strictObject({
    name: nameSchema,
    release: z.int(),
    phase: z.enum(phases),
    outcome: z.enum(outcomes).nullable(),
    sentence: z.string().describe("where the rollout stands and why"),
    promise: z.string().describe("the error rates that hold, in words"),
    next: z.string().describe("what it waits for, or what a person can do"),
    logHarm: logarithm,
    harmAt: logarithm,
    gates: z.array(gateSchema.extend({ sentence: z.string() })),
    hooks: z.array(heardSchema).describe("those that are asked; an event hook is told, as notifications are"),
    strips: z.array(stripSchema).describe("whether units are independent, as each such gate counts them"),
    watch: watchSchema.nullable().describe("what was promoted, while it is watched"),
    history: z.array(eventSchema).describe("what led here in this release, oldest first"),
  }),
);
export type Explanation = z.infer<typeof explanationSchema>;

// ---------------------------------------------------------------- measurements

export const measurementQuerySchema = z.strictObject({
  gate: z.string().min(1).max(63).optional(),
  release: whole(1, 999_999_999).optional(),
  after: position.default(0).describe("only of commits with a greater version"),
  limit,
});

const windowSchema = z.strictObject({ from: instant, to: instant });
const counts = z.strictObject({ n: count, bad: count });
const pairs = z.array(z.tuple([z.number(), z.number()]));
const histogram = z.strictObject({ done: pairs, carried: pairs, doneForSafety: pairs.optional() });
const amounts = z.strictObject({ spread: pairs, outside: count });
const tick = <S extends z.ZodType>(arm: S) => z.strictObject({ at: instant, plan: z.int(), stable: arm, canary: arm });
const values = z.record(z.string(), z.number().nullable());
const gap = z.string().optional().describe("part of the window was not recorded");

export const measurementSchema: z.ZodType<Measurement> = name(
  "Measurement",
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("counts"),
      window: windowSchema,
      ticks: z.array(tick(counts)),
      slices: z
        .strictObject({ n: z.array(count), bad: z.array(count) })
        .optional()
        .describe("stable alone, cut by the hash of its units: what the A/A strip is made of"),
      gap,
    }),
    z.strictObject({
      kind: z.literal("histogram"),
      window: windowSchema,
      ticks: z.array(tick(histogram)),
      bounds: z.array(z.number()).optional().describe("of a source's own buckets, microseconds"),
      gap,
    }),
    z.strictObject({
      kind: z.literal("mean"),
      window: windowSchema,
      ticks: z.array(tick(amounts).extend({ pairs: z.strictObject({ more: pairs, less: pairs }).optional() })),
      floor: z.number(),
      cap: z.number(),
      each: z.enum(["unit", "value"]).describe("what each amount is of: a person, or one report"),
      gap,
    }),
    z.strictObject({ kind: z.literal("value"), window: windowSchema, value: z.number(), gap }),
    z.strictObject({ kind: z.literal("values"), window: windowSchema, stable: values, canary: values, gap }),
    z.strictObject({ kind: z.literal("noData"), window: windowSchema, reason: z.string() }),
    z.strictObject({ kind: z.literal("error"), window: windowSchema, reason: z.string() }),
  ]) as unknown as z.ZodType<Measurement>,
);

export const measurementListSchema = name(
  "MeasurementList",
  z.strictObject({
    measurements: z.array(
      z.strictObject({ version: z.int(), release: z.int(), gate: z.string(), measurement: measurementSchema }),
    ),
    next: z.int().describe("ask with after=next for what follows"),
  }),
);
export type MeasurementList = z.infer<typeof measurementListSchema>;

// ---------------------------------------------------------------- the server itself

export const healthSchema = name("Health", z.strictObject({ status: z.literal("ok") }));
export type Health = z.infer<typeof healthSchema>;

export const versionSchema = name(
  "Version",
  z.strictObject({ serin: z.string(), node: z.string(), startedAt: instant, now: instant }),
);
export type Version = z.infer<typeof versionSchema>;
