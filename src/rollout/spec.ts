/**
 * What the core reads of a Rollout document: arms, assignment, strategy, gates, the promise and what silence means.
 * Input is what people write; output is typed and complete. Sources, notifiers and the gateway's own options are
 * closed by `document/`, so the core never learns an adapter's name.
 */
import { z } from "zod";
import { failureKinds, countings, gateKinds, type Gate } from "../analysis/metric.ts";
import { durationFrom, innerRateSchema } from "./amounts.ts";
import { afterPromotionSchema, type AfterPromotion } from "./after-promotion.ts";
import { assignmentSchema, matchSchema } from "./assignment.ts";
import { exactlyOne, theOne } from "./choice.ts";
import { hookSchema, type Hook } from "./hook.ts";
import { kayentaOf, kayentaSchema } from "./kayenta.ts";
import { meanSchema } from "./mean.ts";
import { nameSchema } from "./name.ts";
import { presetNames, presetOf, type PresetName } from "./presets.ts";
import { seriesSchema } from "./series.ts";
import { strategySchema, type StrategySpec } from "./strategies/index.ts";
import type { HealthCheck, Match, Unit } from "./traffic.ts";

const BACKEND = /^http:\/\/(\[[0-9a-fA-F:.]+\]|[^/?#@:[\]\s]+)(:\d{1,5})?\/?$/;

const backend = z
  .string()
  .regex(BACKEND, "expected http://host:port, without a path")
  .refine((text) => !BACKEND.test(text) || URL.canParse(text), "expected a host and a port that can exist")
  .meta({
    title: "address",
    description: "http://host:port of a running instance",
    examples: ["http://127.0.0.1:9001"],
  });

const health = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, "expected a path that begins with /")
      .default("/")
      .describe("asked with GET; 2xx and 3xx are healthy"),
    interval: durationFrom(100).prefault("2s").describe("from one check to the next"),
    timeout: durationFrom(10).prefault("1s").describe("an answer that takes longer is a failed check"),
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
  backends: z.array(backend).min(1).max(100).describe("one or more running instances; requests go to them in turn"),
  health: health.optional().describe("asks each backend whether it is well; without it only failed requests tell"),
});
export type ArmSpec = z.infer<typeof armSchema>;

const points = innerRateSchema(1);

const margins = ["ratio", "points"] as const;
const margin = z
  .strictObject({
    ratio: z.number().min(1).max(100).optional().describe("times stable's rate"),
    points: points.optional().describe("so much above stable's rate"),
  })
  .meta(exactlyOne(margins))
  .transform((written, ctx): { ratio: number } | { points: number } => {
    if (theOne(written, margins, ctx) === null) return z.NEVER;
    return written.ratio === undefined ? { points: written.points ?? NaN } : { ratio: written.ratio };
  });

const limit = z
  .strictObject({
    ratio: z.number().gt(1).max(100).optional().describe("below so many times stable's rate"),
    points: points.optional().describe("less than so much above stable's rate"),
  })
  .meta({ anyOf: margins.map((key) => ({ required: [key] })) })
  .refine((l) => l.ratio !== undefined || l.points !== undefined, "expected ratio, points or both, found none");

const count = z
  .enum(["auto", ...countings])
  .default("auto")
  .describe("units (each once a stage) or requests; auto follows the assignment");

const failures = z.strictObject({
  of: z
    .array(z.enum(failureKinds))
    .min(1)
    .default([...failureKinds])
    .describe("what counts as a failure: 5xx answers, refused connections, answers cut short, answers too late"),
  count,
  margin: margin.prefault({ ratio: 1.25 }).describe("roll back when shown to be worse than this"),
  limit: limit.prefault({ ratio: 2, points: 0.005 }).describe("promote early when shown to be within either"),
  planned: z
    .int()
    .min(20)
    .max(10_000)
    .optional()
    .describe(
      "failures of both arms that are planned to be looked at: within them the mark for a rollback is exact, and lower",
    ),
});

const latency = z.strictObject({
  count,
  quantile: z.number().gt(0).lt(1).default(0.99).describe("e.g. 0.99 for p99"),
  ratio: z.number().min(1).max(100).default(1.2).describe("how many times slower than stable is tolerated"),
  limit: z
    .number()
    .gt(1)
    .max(100)
    .default(2)
    .describe("promote early when shown: slow requests below this many times stable's share"),
});

const during = z
  .strictObject({
    from: z.int().min(1).max(200).default(1).describe("the first of them, counted from 1"),
    to: z.int().min(1).max(200).optional().describe("the last of them; the last of all unless said"),
  })
  .refine(({ from, to }) => to === undefined || to >= from, { path: ["to"], message: "is before the first of them" });

const bounds = ["min", "max"] as const;
const threshold = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        "a value of the source, e.g. failureRate (0 to 1), p99 (milliseconds), requestRate (a second); what it is called in messages where a source has only one, and then the gate's name unless said",
      ),
    arm: z.enum(["canary", "stable"]).default("canary").describe("whose value"),
    all: z
      .boolean()
      .default(false)
      .describe("of the gateway: whatever reached the arm counts, also by a forced match or as a copy"),
    min: z.number().optional().describe("the least that is in range"),
    max: z.number().optional().describe("the most that is in range"),
    every: durationFrom(1000).prefault("1m").describe("from one check to the next"),
    failures: z.int().min(1).default(5).describe("checks out of range until rollback"),
    during: during.optional().describe("the steps while it looks; the whole release unless said"),
  })
  .meta({ anyOf: bounds.map((key) => ({ required: [key] })) })
  .refine((t) => t.min !== undefined || t.max !== undefined, "expected min, max or both, found none");

const gateChoices = [...gateKinds, "preset"] as const;
/** A gate that is set up already has a name already. */
const named = { anyOf: [{ required: ["name"] }, { required: ["preset"] }] };

/** One gate as written; exactly one of the kinds. `source` is closed by the document. */
export function gateSchema<S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) {
  return z
    .strictObject({
      name: nameSchema.optional().describe("what the gate is called in messages; a preset's own name unless said"),
      weight: z
        .number()
        .gt(0)
        .max(1000)
        .default(1)
        .describe("its share of the evidence budget against the other gates"),
      dryRun: z.boolean().default(false).describe("reports and never acts"),
      source: source.optional().describe("where its numbers come from; the gateway unless said"),
      failures: failures.optional().describe("how often requests fail, canary against stable"),
      latency: latency.optional().describe("how slow answers are, canary against stable"),
      mean: meanSchema
        .optional()
        .describe("how much something is on average, canary against stable: tokens, depth, cost"),
      series: seriesSchema
        .optional()
        .describe(
          "one number an interval, canary against stable; time-series grade, promises only with an A/A history",
        ),
      threshold: threshold.optional().describe("a fixed limit on one value; promises no error rate"),
      kayenta: kayentaSchema(source)
        .optional()
        .describe("values by the minute, judged as Spinnaker Kayenta does; time-series grade, promises no error rate"),
      preset: z.enum(presetNames).optional().describe("a gate that is set up already; `serin gates` lists them"),
    })
    .meta({ ...exactlyOne(gateChoices), ...named })
    .transform((written, ctx): Gate => {
      const told = (message: string, ...path: string[]) => {
        ctx.addIssue({ code: "custom", message, path });
        return z.NEVER;
      };
      if (theOne(written, gateChoices, ctx) === null) return z.NEVER;
      const name = written.name ?? written.preset;
      if (name === undefined) return told(`"name" is missing: every gate has one, but for presets`, "name");
      const g = written.preset === undefined ? written : readied(written.preset, written.source, source);
      const base = { name, weight: written.weight, dryRun: written.dryRun, source: g.source ?? { gateway: {} } };
      if (g.failures) return { ...base, kind: "failures", failures: g.failures };
      if (g.latency) return { ...base, kind: "latency", latency: g.latency };
      if (g.mean) return { ...base, kind: "mean", mean: g.mean };
      if (written.series) {
        const value = valueOf(written.series.value, base);
        if (value === null) return told("expected a value of the gateway", "series", "value");
        // what promises nothing may not act
        const dryRun = base.dryRun || written.series.history === null;
        return { ...base, dryRun, kind: "series", series: { ...written.series, value } };
      }
      if (written.kayenta) return { ...base, kind: "kayenta", kayenta: kayentaOf(written.kayenta, base.source) };
      if (!g.threshold) return told(`the preset ${written.preset} needs a source`, "source");
      const { every, value: said, ...rest } = g.threshold;
      const value = valueOf(said, base);
      if (value === null) return told("expected a value of the gateway", "threshold", "value");
      return { ...base, kind: "threshold", threshold: { ...rest, value, everyMs: every } };
    });
}

/** The gateway has several values and must be told which; a source with one is called as its gate. */
function valueOf(said: string | undefined, { name, source }: Pick<Gate, "name" | "source">): string | null {
  return said ?? ("gateway" in source ? null : name);
}

/** What a preset stands for, as if it had been written; no kind where it lacks the source that it needs. */
function readied<Source>(preset: PresetName, said: Source | undefined, schema: z.ZodType<Source>) {
  const { gate, source } = presetOf(preset);
  if (source === null && said === undefined) return { source: said };
  return {
    source: said ?? (source ? schema.parse(source) : undefined),
    failures: failures.optional().parse(gate.failures),
    latency: latency.optional().parse(gate.latency),
    mean: meanSchema.optional().parse(gate.mean),
    threshold: threshold.optional().parse(gate.threshold),
  };
}

const promised = innerRateSchema(0.5);
const promise = z.strictObject({
  falseRollback: promised.prefault("1%").describe("how often a release within the margins is rolled back at most"),
  falsePromotion: promised.prefault("1%").describe("how often one beyond a limit is promoted early at most"),
});

const anySource = z.record(z.string(), z.unknown());

export const silence = ["hold", "advance", "rollback"] as const;

/** The fields of `spec` that the core reads, for the document to spread beside its own. */
export function coreShape<S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) {
  return {
    stable: armSchema.describe("what serves everybody now"),
    canary: armSchema.optional().describe("what is to be released; leave out to only serve"),
    assignment: assignmentSchema.prefault({}).describe("how units are assigned to arms"),
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
    promise: promise.prefault({}).describe("error rates that hold for the whole rollout, however often anyone looks"),
    afterPromotion: afterPromotionSchema
      .prefault({})
      .describe("the time after a promotion: how long it is watched, with the revision before kept warm"),
    whenUndecided: z
      .enum(silence)
      .default("hold")
      .describe("what a stage does whose deadline passes without enough evidence"),
  };
}

/** The core alone, for tests and simulation; `document/` has the full schema. */
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
  readonly afterPromotion: AfterPromotion;
  readonly whenUndecided: (typeof silence)[number];
}
