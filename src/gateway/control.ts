/**
 * What a gateway's host can be asked, and what it answers: the schemas of both ends, once.
 *
 * A connection to the host's socket carries JSON lines. A request is `{ protocol, id, ask, with }`, its answer
 * `{ id, ok }` or `{ id, error: { code, message, details } }`; answers may come in another order than requests.
 *
 *     > {"protocol":2,"id":1,"ask":"read","with":{}}
 *     < {"id":1,"ok":{"plan":null}}
 *
 * A host that is ended on purpose says so to everybody, `{ id: null, ok: "stopped" }`, before it closes their connections:
 * one that goes without a word has died and is started again.
 *
 * `hello` and `stop` are understood whatever the protocol, so that every version can tell what it met and end it.
 */
import { z } from "zod";
import type { Measurement } from "../analysis/measurement.ts";
import { countings, failureKinds, type Query } from "../analysis/metric.ts";
import { errorKinds, SerinError, type ErrorCode } from "../errors.ts";
import { drawsSchema, exposureSchema } from "../rollout/exposure.ts";
import { FULL_WEIGHT, trafficPlanSchema } from "../rollout/traffic.ts";
import type { GatewayOptions } from "./options.ts";

export const PROTOCOL = 2;

/** Longest request and longest answer, bytes. Ten minutes of histograms at full load are some 10 MB. */
export const MAX_REQUEST = 1 << 20;
export const MAX_ANSWER = 1 << 26;

const instant = z.number().describe("epoch milliseconds");
const count = z.number().min(0);
const nothing = z.strictObject({});

const windowSchema = z.strictObject({ from: instant, to: instant });

const traffic = z.enum(["live", "mirrored"]);
const querySchema: z.ZodType<Query> = z.discriminatedUnion("ask", [
  z.strictObject({
    ask: z.literal("counts"),
    failures: z.array(z.enum(failureKinds)).min(1),
    count: z.enum(countings),
    traffic,
  }),
  z.strictObject({ ask: z.literal("histogram"), count: z.enum(countings), traffic }),
  z.strictObject({
    ask: z.literal("value"),
    value: z.string(),
    arm: z.enum(["stable", "canary"]),
    all: z.exactOptional(z.boolean()),
  }),
]);

const ticksOf = <S extends z.ZodType>(sample: S) =>
  z.array(z.strictObject({ at: instant, plan: z.int(), stable: sample, canary: sample }));
const sparse = z.array(z.tuple([z.int(), z.int()]));
const histogram = z.strictObject({ done: sparse, carried: sparse });
const counts = z.strictObject({ n: count, bad: count });
const slices = z.exactOptional(z.strictObject({ n: z.array(count), bad: z.array(count) }));
const gap = z.exactOptional(z.string());

const measurementSchema: z.ZodType<Measurement> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("counts"), window: windowSchema, ticks: ticksOf(counts), slices, gap }),
  z.strictObject({ kind: z.literal("histogram"), window: windowSchema, ticks: ticksOf(histogram), gap }),
  z.strictObject({ kind: z.literal("value"), window: windowSchema, value: z.number(), gap }),
  z.strictObject({ kind: z.literal("noData"), window: windowSchema, reason: z.string() }),
  z.strictObject({ kind: z.literal("error"), window: windowSchema, reason: z.string() }),
]);

/** `GatewayOptions` as they are inside: what `gatewaySchema` makes of a document. */
const optionsSchema: z.ZodType<GatewayOptions> = z.strictObject({
  listen: z.strictObject({ host: z.string(), port: z.int() }),
  workers: z.union([z.int(), z.literal("auto")]),
  trustForwarded: z.int(),
  timeouts: z.strictObject({ connect: count, response: count, idle: count, head: count, drain: count }),
  limits: z.strictObject({ connections: z.int(), headBytes: z.int(), uriBytes: z.int() }),
});

const helloSchema = z.strictObject({
  protocol: z.int(),
  /** Of Serin, as the host was started. */
  version: z.string(),
  name: z.string(),
  pid: z.int(),
  startedAt: instant,
  options: optionsSchema,
  /** Where clients are served: the port that `listen` asked for, or the one that was free where it asked for 0. */
  port: z.int(),
});
export type Hello = z.infer<typeof helloSchema>;

const liveSchema = z.strictObject({
  at: instant,
  plan: z.int().nullable(),
  windowMs: count,
  share: z.number().min(0).max(FULL_WEIGHT).nullable(),
  ...exposureSchema.shape,
  /** What stable served since then while nothing was being released. */
  idle: z.strictObject({ requests: count, failures: count }),
  draws: drawsSchema.nullable(),
});
/** What the gateway serves now: the plan that is live, the share measured lately, and who met which arm in this release. */
export type GatewayLive = z.infer<typeof liveSchema>;

const healthSchema = z.strictObject({
  workers: z.array(
    z.strictObject({
      pid: z.int(),
      /** Version of the plan it routes by; null before the first. */
      plan: z.int().nullable(),
      connections: count,
      inFlight: count,
    }),
  ),
  /** Backends of the live plan, by host:port. Up when a worker finds it up; checked when a worker has asked it. */
  backends: z.array(z.strictObject({ key: z.string(), up: z.boolean(), checked: z.boolean() })),
});
export type GatewayHealth = z.infer<typeof healthSchema>;

const asks = {
  hello: { question: nothing, answer: helloSchema },
  /** Answered when every worker routes by it. */
  apply: { question: z.strictObject({ plan: trafficPlanSchema }), answer: nothing },
  read: { question: nothing, answer: z.strictObject({ plan: trafficPlanSchema.nullable() }) },
  measure: { question: z.strictObject({ query: querySchema, window: windowSchema }), answer: measurementSchema },
  live: { question: nothing, answer: liveSchema },
  health: { question: nothing, answer: healthSchema },
  /** Answered when workers serve under the new options; nothing under way is cut off. */
  configure: { question: z.strictObject({ options: optionsSchema }), answer: z.strictObject({ port: z.int() }) },
  /** Answered when the last worker has ended and the port is free. */
  stop: { question: nothing, answer: nothing },
} as const;

export type Ask = keyof typeof asks;
export type Question<A extends Ask> = z.output<(typeof asks)[A]["question"]>;
export type Answer<A extends Ask> = z.output<(typeof asks)[A]["answer"]>;

/** Asks that every protocol has. */
const ageless: readonly Ask[] = ["hello", "stop"];

const requestSchema = z.strictObject({
  protocol: z.int(),
  id: z.int().min(0),
  ask: z.string(),
  with: z.unknown(),
});

export type Request = {
  readonly [A in Ask]: { readonly id: number; readonly ask: A; readonly with: Question<A> };
}[Ask];

const failedSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
/** An error on the wire. */
export type Failed = z.infer<typeof failedSchema>;

/** Said to all when a host ends on purpose. */
export const STOPPED = "stopped";

/** `id` is null where the request was so broken that it had none, and where nobody asked. */
const replySchema = z.union([
  z.strictObject({ id: z.int().nullable(), ok: z.unknown() }),
  z.strictObject({ id: z.int().nullable(), error: failedSchema }),
]);
export type Reply = z.infer<typeof replySchema>;

const said = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message)).join("; ");

/** A line from a client, by its id. Throws USAGE for what is no request, CONFLICT for another protocol. */
export function parseRequest(line: string): { readonly id: number; read(): Request } {
  const parsed = requestSchema.safeParse(parseJson(line));
  if (!parsed.success) throw new SerinError("USAGE", `no request to a gateway: ${said(parsed.error)}`);
  return { id: parsed.data.id, read: () => readRequest(parsed.data) };
}

function readRequest({ protocol, id, ask, with: given }: z.output<typeof requestSchema>): Request {
  const known = (Object.keys(asks) as Ask[]).find((each) => each === ask);
  if (protocol !== PROTOCOL && (known === undefined || !ageless.includes(known))) {
    const message = `this gateway speaks protocol ${PROTOCOL}, not ${protocol}: it was started by another version of Serin`;
    throw new SerinError("CONFLICT", message, { details: { protocol: PROTOCOL } });
  }
  if (known === undefined) throw new SerinError("USAGE", `a gateway cannot be asked ${JSON.stringify(ask)}`);
  const question = asks[known].question.safeParse(given);
  if (!question.success) throw new SerinError("USAGE", `${known}: ${said(question.error)}`);
  return { id, ask: known, with: question.data } as Request;
}

/** A line from a host. Throws GATEWAY_UNREACHABLE for what is no answer. */
export function parseReply(line: string): Reply {
  const parsed = replySchema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw new SerinError(
    "GATEWAY_UNREACHABLE",
    `the gateway's process answered what is no answer: ${said(parsed.error)}`,
  );
}

/** What was asked for, out of an answer's `ok`. */
export function readAnswer<A extends Ask>(ask: A, ok: unknown): Answer<A> {
  const answer = asks[ask].answer.safeParse(ok);
  if (answer.success) return answer.data as Answer<A>;
  throw new SerinError("GATEWAY_UNREACHABLE", `the gateway's answer to ${ask}: ${said(answer.error)}`);
}

/** The answer to `hello`, of whatever protocol. Throws CONFLICT when it is another one than ours. */
export function readHello(ok: unknown, name: string): Hello {
  const met = z.looseObject({ protocol: z.int(), version: z.string() }).safeParse(ok);
  if (!met.success || met.data.protocol === PROTOCOL) return readAnswer("hello", ok);
  const { version, protocol } = met.data;
  const message =
    `the gateway of ${name} was started by Serin ${version} and speaks protocol ${protocol}, this one ${PROTOCOL}; ` +
    `stop it with "serin stop ${name}", and the next start brings a new one`;
  throw new SerinError("CONFLICT", message, { details: { protocol, version } });
}

/** The error as it was thrown in the host. */
export function readError({ code, message, details }: Failed): SerinError {
  return new SerinError(Object.hasOwn(errorKinds, code) ? (code as ErrorCode) : "INTERNAL", message, { details });
}

export function failedOf({ code, message, details }: SerinError): Failed {
  return { code, message, details: { ...details } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
