/**
 * Gates: what a release must not do. A gate names one metric, where it comes from and what "worse" means.
 * `failures`, `latency` and `mean` compare the arms exactly and at any time; `series` compares one number an interval, which
 * is the weakest evidence; `threshold` is a fixed limit, and `kayenta` judges as another tool does.
 */

/** What the gateway can tell apart. `5xx` answers, failed connects, resets in mid-answer, timeouts. */
export const failureKinds = ["5xx", "connect", "reset", "timeout"] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What is counted: assigned units (each at most once a stage for failures) or single requests. */
export const countings = ["units", "requests"] as const;
export type Counting = (typeof countings)[number];

/** Scalars that a threshold may limit, per arm and window. */
export const gatewayValues = ["failureRate", "successRate", "requestRate", "p50", "p90", "p95", "p99", "p999"] as const;
export type GatewayValue = (typeof gatewayValues)[number];

/** An arm by what others may know it by. */
export interface ArmLabels {
  readonly revision: string;
  readonly backends: readonly string[];
}

/** The split that is live: what a source must be told that does not split the traffic itself. */
export interface Split {
  /** Version of the TrafficPlan, and when it was first reported live, epoch milliseconds. */
  readonly plan: number;
  readonly since: number;
  readonly stable: ArmLabels;
  readonly canary: ArmLabels;
}

/** What a source is asked for one gate. `live` is assigned traffic, `mirrored` compares copies against originals. */
export type Query = (
  | {
      readonly ask: "counts";
      readonly failures: readonly FailureKind[];
      readonly count: Counting;
      readonly traffic: "live" | "mirrored";
    }
  | { readonly ask: "histogram"; readonly count: Counting; readonly traffic: "live" | "mirrored" }
  /** Amounts between a floor and a cap; `pairs`: differences of what belongs together, within pairs. */
  | { readonly ask: "mean"; readonly floor: number; readonly cap: number; readonly pairs: boolean }
  /** `all`: requests of forced matches and copies count too. */
  | { readonly ask: "value"; readonly value: string; readonly arm: "stable" | "canary"; readonly all?: boolean }
) & { readonly split?: Split };

/** Several values of both arms at once, for gates that compare series; see `values.ts`. */
export interface ValuesQuery {
  readonly ask: "values";
  readonly values: readonly {
    readonly name: string;
    readonly value: string;
    /** See `GateBase.source`. */
    readonly source: Readonly<Record<string, unknown>>;
  }[];
  readonly split?: Split;
}

export type Ask = Query["ask"];
/** What each kind of gate needs of its source. */
export const asks = {
  failures: "counts",
  latency: "histogram",
  mean: "mean",
  series: "value",
  threshold: "value",
  kayenta: "value",
} as const satisfies Record<string, Ask>;

/** `pi` in the merged evidence: gates share one false-rollback budget by their weights. */
interface GateBase {
  readonly name: string;
  readonly weight: number;
  /** Reports and never acts. */
  readonly dryRun: boolean;
  /** Opaque to the core: which metric source, closed by the registry. `{ gateway: {} }` unless said. */
  readonly source: Readonly<Record<string, unknown>>;
}

export interface FailuresGate extends GateBase {
  readonly kind: "failures";
  readonly failures: {
    readonly of: readonly FailureKind[];
    /** Units where assignment is sticky, requests where it is by request, unless said. */
    readonly count: Counting | "auto";
    /** Roll back when worse than this: `ratio` x stable, or `points` above stable (a rate difference). One of the two. */
    readonly margin: { readonly ratio: number } | { readonly points: number };
    /** Promote early when shown not to be worse than *either*: at least one is set. */
    readonly limit: { readonly ratio?: number | undefined; readonly points?: number | undefined };
    /** Each request is assigned alone, so that what hangs together is taken apart: resolved by `rollout/gates.ts`. */
    readonly alone?: boolean | undefined;
    /** So many failures of both arms are planned to be looked at; see `planned.ts`. */
    readonly planned?: number | undefined;
  };
}

export interface LatencyGate extends GateBase {
  readonly kind: "latency";
  readonly latency: {
    readonly count: Counting | "auto";
    /** The user's quantile, e.g. 0.99. */
    readonly quantile: number;
    /** Roll back when canary/ratio is stochastically slower than stable. */
    readonly ratio: number;
    /** Promote early when the share of canary requests over ratio x quantile is shown below limit x stable's share over it. */
    readonly limit: number;
  };
}

/** Which way is worse: higher values (tokens, cost), or lower ones (scores, session depth). */
export const worsenings = ["higher", "lower"] as const;
export type Worsening = (typeof worsenings)[number];

/** How far from stable: so many times its mean, or so much beyond it in the metric's own unit, in the worse direction. */
export type Distance = { readonly ratio: number } | { readonly amount: number };
export interface Distances {
  readonly ratio?: number | undefined;
  readonly amount?: number | undefined;
}

export interface MeanGate extends GateBase {
  readonly kind: "mean";
  readonly mean: {
    readonly worse: Worsening;
    /** Values beyond these count as these: what is compared is the mean within them. */
    readonly floor: number;
    readonly cap: number;
    /** Roll back when shown to be worse than this. */
    readonly margin: Distance;
    /** Promote early when shown not to be worse than either: at least one is set. */
    readonly limit: Distances;
    /** Differences within pairs: the same request on both versions. Distances are amounts then. */
    readonly pairs: boolean;
    /** What the values are, for sentences: "tokens"; empty where nobody said. */
    readonly unit: string;
  };
}

/** What stable and canary differed by while both ran the same version: without it a `series` gate promises nothing. */
export interface SeriesHistory {
  /** Intervals it was read from. */
  readonly points: number;
  /** Upper limit of the correlation of neighbouring differences. */
  readonly correlation: number;
}

export interface SeriesGate extends GateBase {
  readonly kind: "series";
  readonly series: {
    readonly value: string;
    readonly worse: Worsening;
    readonly everyMs: number;
    readonly margin: Distance;
    readonly limit: Distances;
    /** So many intervals are one block, and blocks are compared. */
    readonly block: number;
    readonly history: SeriesHistory | null;
    readonly unit: string;
  };
}

export interface ThresholdGate extends GateBase {
  readonly kind: "threshold";
  readonly threshold: {
    readonly value: string;
    readonly arm: "stable" | "canary";
    /** Whether whatever reached the arm counts: also by a forced match, or as a copy. */
    readonly all?: boolean | undefined;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly everyMs: number;
    /** How many checks out of range roll back (they need not be consecutive), as Flagger's `threshold`. */
    readonly failures: number;
    /** The steps while it looks, from 1; left out: the whole release. */
    readonly during?: { readonly from: number; readonly to?: number | undefined } | undefined;
  };
}

/** One metric as Kayenta's judge is told of it; its words mean what they mean there. */
export interface KayentaMetric {
  readonly name: string;
  readonly value: string;
  /** The gate's unless it has one of its own. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly groups: readonly string[];
  readonly direction: "increase" | "decrease" | "either";
  readonly nanStrategy: "remove" | "replace";
  /** null: outliers are kept. */
  readonly outlierFactor: number | null;
  readonly critical: boolean;
  readonly mustHaveData: boolean;
  readonly muted: boolean;
  readonly effectSize: Readonly<Record<string, string | number | undefined>>;
}

export interface KayentaGate extends GateBase {
  readonly kind: "kayenta";
  readonly kayenta: {
    /** One value of each metric and arm this often. */
    readonly stepMs: number;
    /** Judged this often: a whole number of steps. */
    readonly intervalMs: number;
    /** Points of this long are judged at most. */
    readonly lookbackMs: number;
    readonly pass: number;
    readonly marginal: number;
    readonly metrics: readonly KayentaMetric[];
    readonly groupWeights: Readonly<Record<string, number>>;
  };
}

export type Gate = FailuresGate | LatencyGate | MeanGate | SeriesGate | ThresholdGate | KayentaGate;

/** Every kind, in the order in which they are told of. */
export const gateKinds = [
  "failures",
  "latency",
  "mean",
  "series",
  "threshold",
  "kayenta",
] as const satisfies Gate["kind"][];
export type GateKind = Gate["kind"];

/** Whether a kind of gate gathers evidence that keeps the promise; the others follow a rule, and promise no rate. */
export const provesRates = (kind: string): boolean =>
  kind === "failures" || kind === "latency" || kind === "mean" || kind === "series";

/** What is shown wherever a gate speaks that compares one number an interval. */
export const GRADE = "time-series grade";
