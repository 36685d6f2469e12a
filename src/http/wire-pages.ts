/**
 * What the pages of the dashboard are made of, beside `wire.ts`: where everything stands at one look, what each act would
 * do, and the frames of the live stream. Anybody may ask for it; the dashboard has no way in of its own.
 *
 * | method and path                           | role | query          | answers               |
 * | ----------------------------------------- | ---- | -------------- | --------------------- |
 * | GET /v1/fleet                             | view |                | 200 Fleet             |
 * | GET /v1/rollouts/:name/overview           | view |                | 200 Overview          |
 * | GET /v1/live                              | view | rollout, after | 200 text/event-stream |
 * | GET /v1/rollouts/:name/series             | view | release, from, to, points | 200 Series |
 * | GET /v1/rollouts/:name/why/:seq           | view |                | 200 Why               |
 * | GET /v1/releases                          | view | rollout, limit | 200 ReleaseList       |
 * | GET /v1/rollouts/:name/releases/:release  | view |                | 200 ReleaseStory      |
 * | POST /v1/lint                             | view | body: a document | 200 Lint            |
 * | POST /v1/rollouts/:name/backtest          | view | body: a document | 200 Backtest        |
 * | GET /v1/rollouts/:name/notifications      | view |                | 200 Told              |
 * | GET /v1/session                           | none |                | 200 Session           |
 * | POST /v1/session                          | none | body Enter     | 200 Session, Set-Cookie |
 * | DELETE /v1/session                        | none |                | 204                   |
 * | POST /v1/shares                           | admin | body ShareRequest | 201 Share         |
 *
 * Live frames: `journal` is one EventView and carries its sequence number as `id`; `fleet` are the rows that have changed
 * (all of them first), `overview` is the rollout that was asked for, `gone` the name of one that was removed, `beat` a
 * sign of life with the server's clock. State comes whole, never as a difference: whoever reconnects has caught up.
 */
import { z } from "zod";
import { signalVerbs } from "../rollout/signals.ts";
import { extraSchema } from "../rollout/exposure.ts";
import { outcomes } from "../rollout/outcome.ts";
import { roles } from "./roles.ts";
import {
  basisPoints,
  count,
  eventSchema,
  gateSchema,
  instant,
  logarithm,
  name,
  nameSchema,
  position,
  problemSchema,
  rolloutSchema,
  summaryShape,
  whole,
} from "./wire.ts";

// ---------------------------------------------------------------- at one look

/**
 * What a light says: nothing is released (`serving`); all is well so far and not yet shown (`watching`); shown safe
 * (`safe`); evidence of harm (`harming`); a person is waited for (`waiting`); cannot be measured (`blind`); or how the
 * last release ended.
 */
export const lights = ["serving", "watching", "safe", "harming", "waiting", "blind", "promoted", "takenBack"] as const;
export type Light = (typeof lights)[number];

/** What comes next by itself, and when at the latest; null when nobody knows when. */
const nextSchema = z.strictObject({ sentence: z.string(), at: instant.nullable() });
export type Next = z.infer<typeof nextSchema>;

/** Requests a second of both arms, oldest first; a null where nothing was recorded. */
const trafficSchema = z.strictObject({
  from: instant,
  stepMs: z.number(),
  stable: z.array(z.number().nullable()),
  canary: z.array(z.number().nullable()),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const fleetRowSchema = name(
  "FleetRow",
  z.strictObject({
    ...summaryShape,
    light: z.enum(lights),
    stepLabel: z.string().nullable().describe("the current step, for people"),
    enteredAt: instant.describe("since when it stands there"),
    mirror: basisPoints.describe("share of requests whose copies go to the canary"),
    people: count.nullable().describe("units that met the canary in this release"),
    next: nextSchema.nullable(),
    traffic: trafficSchema.nullable(),
  }),
);
export type FleetRow = z.infer<typeof fleetRowSchema>;

export const fleetSchema = name("Fleet", z.strictObject({ now: instant, rows: z.array(fleetRowSchema) }));
export type Fleet = z.infer<typeof fleetSchema>;

// ---------------------------------------------------------------- one release

/** What a signal would do if it were sent now: worked out by the same `decide` that would obey it. */
export const actSchema = name(
  "Act",
  z.strictObject({
    verb: z.enum(signalVerbs),
    label: z.string().describe("what a button says, e.g. Go on to 25 %"),
    consequence: z.string().describe("what would follow, and for how many"),
    weight: basisPoints.describe("the canary's share afterwards"),
    refused: z.string().nullable().describe("why it would be refused"),
  }),
);
export type Act = z.infer<typeof actSchema>;

/** A gate's values as people compare them. Rates are 0 to 1, times are milliseconds. */
const comparedSchema = z.strictObject({
  unit: z.enum(["rate", "milliseconds", "number"]),
  about: z.string().describe("what is compared, e.g. people that met a failure"),
  stable: z.number().nullable(),
  canary: z.number().nullable(),
  difference: z.number().nullable(),
  low: z.number().nullable().describe("everything below is excluded; holds at all times at once"),
  high: z.number().nullable().describe("everything above is excluded"),
  margin: z.number().nullable().describe("the difference beyond which it is harm, at stable's present value"),
  stableN: count,
  canaryN: count,
});
export type Compared = z.infer<typeof comparedSchema>;

export const outlookSchema = name(
  "Outlook",
  z.strictObject({
    gate: z.string(),
    danger: z.number().describe("the dangerous first: evidence of harm as a part of what takes the release back"),
    harm: z.number().min(0).max(1).describe("that part, on a logarithmic scale"),
    safe: z.number().min(0).max(1).describe("evidence of safety as a part of what passes the gate, likewise"),
    compared: comparedSchema.nullable(),
    missing: z.string().describe("what is missing for a pass, and how long it may take"),
    safeInMs: z.number().nullable().describe("until it passes if evidence grows as it did; null when nobody can say"),
  }),
);
export type Outlook = z.infer<typeof outlookSchema>;

export const overviewSchema = name(
  "Overview",
  z.strictObject({
    now: instant,
    rollout: rolloutSchema,
    light: z.enum(lights),
    headline: z.string().describe("where the release stands, for how many, what is excluded and what comes next"),
    promise: z.string(),
    next: nextSchema.nullable(),
    acts: z.array(actSchema),
    outlooks: z.array(outlookSchema).describe("one for each gate, the dangerous first"),
    extra: extraSchema.nullable().describe("failures above what stable would have done to as many"),
  }),
);
export type Overview = z.infer<typeof overviewSchema>;

// ---------------------------------------------------------------- live

export const liveQuerySchema = z.strictObject({
  rollout: nameSchema.optional().describe("one rollout's overview instead of the fleet"),
  after: position.optional().describe("journal entries after this one; Last-Event-ID wins"),
});

export const beatSchema = name("Beat", z.strictObject({ now: instant, serin: z.string() }));
export type Beat = z.infer<typeof beatSchema>;

/** Events of the live stream. */
export const frames = ["journal", "fleet", "overview", "gone", "beat"] as const;
export type Frame = (typeof frames)[number];

// ---------------------------------------------------------------- releases

/** What a person did in a release. */
const deedSchema = z.strictObject({ at: instant, by: z.string(), what: z.string(), why: z.string() });
export type Deed = z.infer<typeof deedSchema>;

export const releaseSchema = name(
  "Release",
  z.strictObject({
    rollout: nameSchema,
    release: z.int(),
    stable: z.string(),
    canary: z.string(),
    startedAt: instant,
    startedBy: z.string(),
    endedAt: instant.nullable().describe("null while it is under way"),
    outcome: z.enum(outcomes).nullable(),
    reason: z.string(),
    weight: basisPoints.describe("the largest share that was live"),
    machineMs: z.number().describe("time in which Serin worked or watched"),
    humanMs: z.number().describe("time in which it waited for a person"),
    deeds: z.array(deedSchema).describe("what people did, oldest first"),
    undone: deedSchema.nullable().describe("that it was undone after its promotion"),
    firstSeq: z.int(),
    lastSeq: z.int(),
  }),
);
export type Release = z.infer<typeof releaseSchema>;

export const releaseListSchema = name(
  "ReleaseList",
  z.strictObject({
    releases: z.array(releaseSchema).describe("newest first"),
    ended: z.int().describe("of all releases, those that ended"),
    failed: z.int().describe("of those, the ones that were rolled back for harm or undone after their promotion"),
  }),
);
export type ReleaseList = z.infer<typeof releaseListSchema>;

export const releaseQuerySchema = z.strictObject({
  rollout: nameSchema.optional(),
  limit: whole(1, 1000).default(200).meta({ description: "how many at most; 200 unless said" }),
});

export const releaseStorySchema = name(
  "ReleaseStory",
  z.strictObject({ release: releaseSchema, events: z.array(eventSchema).describe("all of its events, oldest first") }),
);
export type ReleaseStory = z.infer<typeof releaseStorySchema>;

// ---------------------------------------------------------------- over time

/** Columns, one entry a point, oldest first; null where nothing was measured. */
const column = z.array(z.number().nullable());

export const gateSeriesSchema = name(
  "GateSeries",
  z.strictObject({
    gate: z.string(),
    unit: z.enum(["rate", "milliseconds", "number"]),
    stable: column.describe("the arm's own value within each point"),
    canary: column,
    stableN: z.array(count),
    canaryN: z.array(count),
    difference: column.describe("canary against stable as it was known at the end of each point"),
    low: column.describe("its band: everything below is excluded, at all times at once"),
    high: column,
    margin: column.describe("the difference beyond which it is harm"),
    logHarm: column,
    logSafe: column,
  }),
);
export type GateSeries = z.infer<typeof gateSeriesSchema>;

export const seriesSchema = name(
  "Series",
  z.strictObject({
    release: z.int(),
    complete: z.boolean().describe("false while more of the record is still being read: ask again in a moment"),
    stepMs: z.number(),
    at: z.array(instant).describe("end of each point"),
    wanted: column.describe("the canary's share that was live, basis points"),
    measured: column.describe("the canary's share that was measured"),
    logHarm: column.describe("evidence of harm of all gates together"),
    logSplit: logarithm
      .nullable()
      .describe("evidence that traffic is not split as wanted; null where it cannot be said"),
    gates: z.array(gateSeriesSchema),
  }),
);
export type Series = z.infer<typeof seriesSchema>;

export const seriesQuerySchema = z.strictObject({
  release: whole(1, 999_999_999).optional().describe("the present or last one unless said"),
  from: position.optional().describe("epoch milliseconds"),
  to: position.optional(),
  points: whole(2, 2000).default(240).meta({ description: "how many at most; 240 unless said" }),
});

// ---------------------------------------------------------------- why

export const whySchema = name(
  "Why",
  z.strictObject({
    name: nameSchema,
    release: z.int(),
    event: eventSchema,
    before: z.array(eventSchema).describe("what led here in this release, oldest first"),
    promise: z.string(),
    decided: z
      .strictObject({
        version: z.int(),
        at: instant,
        formula: z.int().describe("which mathematics decided it"),
        weight: basisPoints,
        reported: z.string().describe("what the router said"),
        logHarm: logarithm,
        harmAt: logarithm,
        gates: z.array(gateSchema.extend({ sentence: z.string(), outlook: outlookSchema })),
      })
      .nullable()
      .describe("the decision made again from its record; null when the record is not kept any more"),
  }),
);
export type Why = z.infer<typeof whySchema>;

// ---------------------------------------------------------------- sessions

export const sessionSchema = name(
  "Session",
  z.strictObject({
    access: z
      .enum(["local", "token", "share", "none"])
      .describe("`local`: the server has no tokens; `none`: it has, and does not know this browser"),
    name: z.string().nullable(),
    role: z.enum(roles).nullable(),
    only: nameSchema.nullable().describe("the one rollout that may be looked at"),
  }),
);
export type SessionView = z.infer<typeof sessionSchema>;

export const enterSchema = name(
  "Enter",
  z
    .strictObject({ token: z.string().min(1).max(1000).optional(), share: z.string().min(1).max(2000).optional() })
    .refine(
      ({ token, share }) => (token === undefined) !== (share === undefined),
      "expected exactly one of token, share",
    ),
);

export const shareRequestSchema = name(
  "ShareRequest",
  z.strictObject({ rollout: nameSchema, hours: z.int().min(1).max(720).default(72) }),
);
export const shareSchema = name(
  "Share",
  z.strictObject({
    path: z.string().describe("to be put behind this server's address"),
    rollout: nameSchema,
    until: instant,
  }),
);
export type Share = z.infer<typeof shareSchema>;

export const recordQuerySchema = seriesQuerySchema.pick({ release: true });

// ---------------------------------------------------------------- lint

export const lintSchema = name(
  "Lint",
  z.strictObject({
    name: z.string().nullable().describe("the rollout's name, where it can be read"),
    exists: z.boolean().describe("whether there is a rollout of that name"),
    problems: z.array(problemSchema).describe("mistakes: a document that has any is refused"),
    warnings: z.array(problemSchema).describe("what works and may surprise"),
    follows: z.array(z.string()).describe("what would happen if it were sent, in sentences"),
  }),
);
export type Lint = z.infer<typeof lintSchema>;

// ---------------------------------------------------------------- backtest

const triedSchema = z.strictObject({ name: z.string(), from: instant, to: instant, guilty: z.array(z.string()) });

export const backtestSchema = name(
  "Backtest",
  z.strictObject({
    sentences: z.array(z.string()),
    releases: z.array(
      triedSchema.extend({
        ended: z.enum(outcomes).nullable().describe("how it ended then"),
        rolledBack: z.boolean().describe("whether the document would have taken it back"),
        tookMs: z.number().nullable(),
        weight: basisPoints,
        requests: count,
        failures: count,
      }),
    ),
    quiet: z.array(triedSchema.extend({ plays: count, rolledBack: count, promoted: count })),
    skipped: z.array(z.strictObject({ name: z.string(), why: z.string() })),
  }),
);
export type BacktestAnswer = z.infer<typeof backtestSchema>;

// ---------------------------------------------------------------- who is told

export const toldSchema = name("Told", z.strictObject({ notifications: z.array(z.string()).describe("by name") }));
export type Told = z.infer<typeof toldSchema>;
