/**
 * What the core reads of a Rollout document: arms, assignment, strategy, gates, the promise and what silence means.
 * Input is what people write; output is typed and complete. Sources, notifiers and the gateway's own options are
 * closed by `document.ts`, so the core never learns an adapter's name.
 */
import { z } from "zod";
import { failureKinds, countings, type Gate } from "../analysis/metric.ts";
import { durationSchema, rateSchema } from "./amounts.ts";
import { matchSchema, type HealthCheck, type Match, type Unit } from "./traffic.ts";
import { hookSchema, type Hook } from "./hook.ts";
import { strategySchema, type StrategySpec } from "./strategies/index.ts";

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .meta({ description: "lower-case letters, digits and dashes, at most 63" });

const backend = z
  .string()
  .regex(/^http:\/\/(\[[0-9a-fA-F:.]+\]|[^/?#@:[\]\s]+)(:\d{1,5})?\/?$/)
  .meta({ description: "http://host:port of a running instance", examples: ["http://127.0.0.1:9001"] });

const health = z
  .strictObject({
    path: z.string().startsWith("/").default("/").describe("asked with GET; 2xx and 3xx are healthy"),
    interval: durationSchema.default(2000),
    timeout: durationSchema.default(1000),
    unhealthyAfter: z.int().min(1).max(100).default(3).describe("failed checks in a row"),
    healthyAfter: z.int().min(1).max(100).default(2).describe("good checks in a row"),
  })
  .transform((h): HealthCheck => ({
    path: h.path,
    intervalMs: h.interval,
    timeoutMs: h.timeout,
    unhealthyAfter: h.unhealthyAfter,
    healthyAfter: h.healthyAfter,
  }));

export const armSchema = z.strictObject({
  revision: z.string().min(1).max(200).describe("what is running there: a version, a tag, a commit"),
  backends: z.array(backend).min(1).max(100).describe("one or more running instances"),
  health: health.optional(),
});
export type ArmSpec = z.infer<typeof armSchema>;

const assignment = z
  .strictObject({
    by: z
      .union([
        z.enum(["visitor", "request", "address"]),
        z.strictObject({ cookie: z.string().min(1) }),
        z.strictObject({ header: z.string().min(1) }),
        z.strictObject({
          jwt: z.strictObject({
            claim: z.string().min(1),
            header: z.string().optional(),
            cookie: z.string().optional(),
          }),
        }),
      ])
      .default("visitor")
      .describe(
        "what a unit is: a visitor by Serin's cookie, a named cookie, header or JWT claim, the client's address, or each request",
      ),
    cookie: z
      .strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9_-]+$/)
          .default("serin"),
        maxAge: durationSchema.default(365 * 86_400_000),
        secure: z.boolean().default(false),
      })
      .prefault({})
      .describe("Serin's own cookie, where units are visitors"),
  })
  .transform(({ by, cookie }): Unit => {
    if (by === "visitor") {
      return {
        visitor: { cookie: cookie.name, maxAgeSeconds: Math.round(cookie.maxAge / 1000), secure: cookie.secure },
      };
    }
    if (by === "request") return { request: {} };
    if (by === "address") return { address: {} };
    if ("cookie" in by) return { cookie: { name: by.cookie } };
    if ("header" in by) return { header: { name: by.header } };
    return {
      jwt: {
        claim: by.jwt.claim,
        ...(by.jwt.header ? { header: by.jwt.header } : {}),
        ...(by.jwt.cookie ? { cookie: by.jwt.cookie } : {}),
      },
    };
  });

const margin = z
  .union([z.strictObject({ ratio: z.number().min(1).max(100) }), z.strictObject({ points: rateSchema })])
  .default({ ratio: 1.25 })
  .describe("roll back when worse than this: `ratio` times stable, or `points` above it");

const failures = z.strictObject({
  of: z
    .array(z.enum(failureKinds))
    .min(1)
    .default([...failureKinds])
    .describe("what counts as a failure"),
  count: z
    .enum(["auto", ...countings])
    .default("auto")
    .describe("units (each once a stage) or requests; auto follows the assignment"),
  margin,
  limit: z
    .strictObject({ ratio: z.number().gt(1).max(100).optional(), points: rateSchema.optional() })
    .default({ ratio: 2, points: 0.005 })
    .describe("promote early when shown to be within either"),
});

const latency = z.strictObject({
  count: z.enum(["auto", ...countings]).default("auto"),
  quantile: z.number().gt(0).lt(1).default(0.99).describe("e.g. 0.99 for p99"),
  ratio: z.number().min(1).max(100).default(1.2).describe("how many times slower than stable is tolerated"),
  limit: z
    .number()
    .gt(1)
    .max(100)
    .default(2)
    .describe("promote early when shown: slow requests below this many times stable's share"),
});

const threshold = z
  .strictObject({
    value: z.string().min(1).describe("a value of the source, e.g. failureRate, p99 (milliseconds), requestRate"),
    arm: z.enum(["canary", "stable"]).default("canary"),
    min: z.number().optional(),
    max: z.number().optional(),
    every: durationSchema.default(60_000),
    failures: z.int().min(1).default(5).describe("checks out of range until rollback"),
  })
  .refine((t) => t.min !== undefined || t.max !== undefined, { message: "needs min, max or both" });

/** One gate as written; exactly one of the kinds. `source` is closed by `document.ts`. */
export function gateSchema<S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) {
  return z
    .strictObject({
      name: name,
      weight: z
        .number()
        .gt(0)
        .max(1000)
        .default(1)
        .describe("its share of the evidence budget against the other gates"),
      dryRun: z.boolean().default(false).describe("reports and never acts"),
      source: source.optional().describe("where its numbers come from; the gateway unless said"),
      failures: failures.optional(),
      latency: latency.optional(),
      threshold: threshold.optional(),
    })
    .transform((g, ctx): Gate => {
      const base = { name: g.name, weight: g.weight, dryRun: g.dryRun, source: g.source ?? { gateway: {} } };
      const said = [g.failures, g.latency, g.threshold].filter((kind) => kind !== undefined).length;
      if (said === 1) {
        if (g.failures) return { ...base, kind: "failures", failures: g.failures };
        if (g.latency) return { ...base, kind: "latency", latency: g.latency };
        if (g.threshold) {
          const { every, ...rest } = g.threshold;
          return { ...base, kind: "threshold", threshold: { ...rest, everyMs: every } };
        }
      }
      ctx.addIssue({ code: "custom", message: `expected exactly one of failures, latency, threshold, found ${said}` });
      return z.NEVER;
    });
}

const anySource = z.record(z.string(), z.unknown());

export const silence = ["hold", "advance", "rollback"] as const;

/** The fields of `spec` that the core reads, for `document.ts` to spread beside its own. */
export function coreShape<S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) {
  return {
    stable: armSchema.describe("what serves everybody now"),
    canary: armSchema.optional().describe("what is to be released; leave out to only serve"),
    assignment: assignment.prefault({}).describe("how units are assigned to arms"),
    matches: z
      .array(matchSchema)
      .max(100)
      .default([])
      .describe("forced matches: named people always meet an arm and are left out of the evidence"),
    strategy: strategySchema.prefault({ canary: {} }).describe("how the release proceeds"),
    gates: z
      .array(gateSchema(source))
      .min(1)
      .max(50)
      .prefault([
        { name: "failures", failures: {} },
        { name: "latency", latency: {} },
      ])
      .describe("what a release must not do"),
    hooks: z.array(hookSchema).max(50).default([]).describe("other people's yes or no at fixed moments of a release"),
    promise: z
      .strictObject({ falseRollback: rateSchema.default(0.01), falsePromotion: rateSchema.default(0.01) })
      .prefault({})
      .describe("error rates that hold for the whole rollout, however often anyone looks"),
    whenUndecided: z
      .enum(silence)
      .default("hold")
      .describe("what a stage does whose deadline passes without enough evidence"),
  };
}

/** The core alone, for tests and simulation; `document.ts` has the full schema. */
export const specSchema = z.strictObject(coreShape(anySource));

export interface Spec {
  readonly name: string;
  readonly stable: ArmSpec;
  readonly canary?: ArmSpec | undefined;
  readonly assignment: Unit;
  readonly matches: readonly Match[];
  readonly strategy: StrategySpec;
  readonly gates: readonly Gate[];
  readonly hooks: readonly Hook[];
  readonly promise: { readonly falseRollback: number; readonly falsePromotion: number };
  readonly whenUndecided: (typeof silence)[number];
}
