/**
 * What is asked before a release and after it, beside `wire.ts`: what a ramp would see, and the record of what was decided,
 * page by page, from which anybody can decide it again.
 *
 * | method and path                          | role | query                          | body                     | answers               |
 * | ---------------------------------------- | ---- | ------------------------------ | ------------------------ | --------------------- |
 * | GET /v1/rollouts/:name/plan              | view | assume (again and again)       |                          | 200 PlanAnswer        |
 * | POST /v1/plan                            | view | assume (again and again)       | YAML or JSON document    | 200 PlanAnswer        |
 * | GET /v1/rollouts/:name/measured          | view |                                |                          | 200 Measured          |
 * | GET /v1/rollouts/:name/beginning         | view | release                        |                          | 200 Beginning         |
 * | GET /v1/rollouts/:name/commits           | view | release, after, limit          |                          | 200 CommitList        |
 * | POST /judge                              | view |                                | Kayenta's judge input    | 200 its judge result  |
 */
import { z } from "zod";
import { gateKinds } from "../analysis/metric.ts";
import type { CommitRecord } from "../engine/ports.ts";
import type { Observed } from "../sim/assume.ts";
import type { Plan } from "../sim/plan/index.ts";
import { basisPoints, count, instant, name, nameSchema, position, whole } from "./wire.ts";

// ---------------------------------------------------------------- planning

const ms = z.number().nullable().describe("milliseconds; null where it does not happen");
const times = z.strictObject({ meanMs: ms, ms: ms.describe("19 of 20 cases take no longer") });
const two = z.tuple([z.number().nullable(), z.number().nullable()]).describe("on average; in 19 of 20 cases at most");

const gateLook = z.strictObject({
  gate: z.string(),
  kind: z.enum(gateKinds),
  dryRun: z.boolean(),
  method: z.enum(["exact", "closed form", "fixed"]),
  stable: z.number().nullable().describe("rate of what is counted, on stable"),
  feared: z.number().nullable().describe("the same on the canary that its author fears"),
  fear: z.string(),
  noticed: times.describe("the harm is there from the start"),
  late: times.describe("the harm begins with this stage"),
  closed: times.describe("by the closed form"),
  boundMs: ms.describe("no rule is faster on average"),
  chance: z.number().nullable().describe("probability that it is noticed within the stage"),
  units: two.describe("canary units until it is noticed"),
  extra: two.describe("how many more of them go wrong than would on stable"),
  smallest: z.number().nullable().describe("the least harm that is noticed within the stage in 19 of 20 cases"),
  smallestInWords: z.string(),
  safeMs: ms.describe("about how long it takes to show that a good canary is safe"),
});

const stagePlan = z.strictObject({
  stage: z.int(),
  label: z.string(),
  weight: basisPoints,
  mirror: basisPoints,
  ms: z.number().describe("how long it lasts at most; what people take is not counted"),
  wellMs: ms.describe("how long it lasts if all is well; null when that is not shown in time"),
  units: count,
  sentences: z.array(z.string()),
  gates: z.array(gateLook),
});

export const planSchema: z.ZodType<Plan> = name(
  "Plan",
  z.strictObject({
    name: z.string(),
    sentence: z.string(),
    assumed: z.string(),
    stages: z.array(stagePlan),
    noticed: z.record(z.string(), z.number()),
    wellMs: ms,
    ms: z.number(),
    warnings: z.array(z.string()),
  }) as unknown as z.ZodType<Plan>,
);

export const measuredSchema: z.ZodType<Observed> = name(
  "Measured",
  z.strictObject({
    perSecond: z.number().optional().describe("units a second, both arms"),
    failures: z.number().optional().describe("stable's rate of failures"),
    medianMs: z.number().optional(),
    p99Ms: z.number().optional(),
  }) as unknown as z.ZodType<Observed>,
);

export const planAnswerSchema = name("PlanAnswer", z.strictObject({ plan: planSchema, measured: measuredSchema }));
export interface PlanAnswer {
  readonly plan: Plan;
  /** What the rollout's own measurements said; nothing for a document that is not running. */
  readonly measured: Observed;
}

const assumption = z.string().max(100);
export const planQuerySchema = z.strictObject({
  assume: z
    .union([assumption.transform((one) => [one]), z.array(assumption).max(20)])
    .default([])
    .describe("e.g. traffic=200/s, stable.failures=0.2%, canary.failures=1%; said again for each"),
});

// ---------------------------------------------------------------- the record

export const beginningQuerySchema = z.strictObject({
  release: whole(0, 999_999_999).describe("0: what went before the first"),
});

const anything = z.record(z.string(), z.unknown());

export const beginningSchema = name(
  "Beginning",
  z.strictObject({
    version: z.int().describe("of the status that the release's first commit was decided from"),
    status: anything,
    documents: z.array(z.strictObject({ version: z.int().describe("in force from here on"), document: z.unknown() })),
  }),
);

export const commitQuerySchema = z.strictObject({
  release: whole(0, 999_999_999).optional(),
  after: position.default(0).describe("only commits with a greater version"),
  limit: whole(1, 1000).default(500).meta({ description: "how many at most; 500 unless said" }),
});

export const commitListSchema = name(
  "CommitList",
  z.strictObject({
    commits: z.array(
      z.strictObject({
        version: z.int(),
        release: z.int(),
        inputs: z
          .looseObject({ now: instant, formula: z.int() })
          .describe("what it was decided on, and what it came to"),
        events: z.array(anything),
      }),
    ) as unknown as z.ZodType<readonly CommitRecord[]>,
    next: z.int().describe("ask with after=next for what follows"),
  }),
);
export interface CommitList {
  readonly commits: readonly CommitRecord[];
  readonly next: number;
}

export const nameParams = z.strictObject({ name: nameSchema });
