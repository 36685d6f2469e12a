/** Every kind of gate, once: how its evidence begins, what folds into it, and how it is judged. A new kind is a file and a line here. */
import type { Circumstances } from "./circumstances.ts";
import {
  decidingFailures,
  enterFailuresStage,
  foldFailures,
  initialFailures,
  type FailuresEvidence,
} from "./failures.ts";
import { judgeFailures } from "./failures-verdict.ts";
import {
  enterKayentaStage,
  foldKayenta,
  hasFailed,
  initialKayenta,
  judgeKayenta,
  type KayentaEvidence,
} from "./kayenta-gate.ts";
import { enterLatencyStage, foldLatency, initialLatency, logLatencyHarm, type LatencyEvidence } from "./latency.ts";
import { judgeLatency } from "./latency-verdict.ts";
import { enterMeanStage, foldMean, initialMean, logMeanHarm, type MeanEvidence } from "./mean.ts";
import { judgeMean } from "./mean-verdict.ts";
import type { Measurement } from "./measurement.ts";
import type { Gate, GateKind } from "./metric.ts";
import type { Promised } from "./ruling.ts";
import { enterSeriesStage, foldSeries, initialSeries, logSeriesHarm, type SeriesEvidence } from "./series-gate.ts";
import { judgeSeries } from "./series-verdict.ts";
import {
  enterThresholdStage,
  foldThreshold,
  initialThreshold,
  judgeThreshold,
  overLimit,
  type ThresholdEvidence,
} from "./threshold.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What one gate remembers. JSON-serialisable, under 4 KB however long the release lasts; a `kayenta` gate, which judges
 * series, remembers its points, as long as its lookback.
 */
export type Evidence =
  | FailuresEvidence
  | LatencyEvidence
  | MeanEvidence
  | SeriesEvidence
  | ThresholdEvidence
  | KayentaEvidence;

type GateOf<K extends GateKind> = Extract<Gate, { readonly kind: K }>;
type Measured<M extends Measurement["kind"]> = Measurement & { readonly kind: M };

/** What a gate of one kind does with its evidence; `takes` is the measurement that folds into it. */
export interface Kind<G, E, M extends Measurement["kind"]> {
  initial(gate: G): E;
  enter(gate: G, evidence: E, where: Circumstances, alarm: number): E;
  readonly takes: M;
  fold(gate: G, evidence: E, measurement: Measured<M>, where: Circumstances, alarm: number): E;
  judge(gate: G, evidence: E, promised: Promised, weightShare: number): Verdict;
  /** ln of the evidence of harm that decides; 0 of a kind that follows a rule. */
  deciding(gate: G, evidence: E): number;
  /** Whether its rule asks for a rollback by itself. */
  isOver(gate: G, evidence: E): boolean;
}

const noRule = { isOver: () => false };
const noRate = { deciding: () => 0 };

const failures: Kind<GateOf<"failures">, FailuresEvidence, "counts"> = {
  ...noRule,
  initial: initialFailures,
  enter: enterFailuresStage,
  takes: "counts",
  fold: foldFailures,
  judge: judgeFailures,
  deciding: (_gate, evidence) => decidingFailures(evidence),
};

const latency: Kind<GateOf<"latency">, LatencyEvidence, "histogram"> = {
  ...noRule,
  initial: initialLatency,
  enter: enterLatencyStage,
  takes: "histogram",
  fold: foldLatency,
  judge: judgeLatency,
  deciding: logLatencyHarm,
};

const mean: Kind<GateOf<"mean">, MeanEvidence, "mean"> = {
  ...noRule,
  initial: initialMean,
  enter: enterMeanStage,
  takes: "mean",
  fold: foldMean,
  judge: judgeMean,
  deciding: (_gate, evidence) => logMeanHarm(evidence),
};

const series: Kind<GateOf<"series">, SeriesEvidence, "values"> = {
  ...noRule,
  initial: initialSeries,
  enter: enterSeriesStage,
  takes: "values",
  fold: foldSeries,
  judge: judgeSeries,
  deciding: (_gate, evidence) => logSeriesHarm(evidence),
};

const threshold: Kind<GateOf<"threshold">, ThresholdEvidence, "value"> = {
  ...noRate,
  initial: () => initialThreshold,
  enter: (_gate, evidence) => enterThresholdStage(evidence),
  takes: "value",
  fold: foldThreshold,
  judge: judgeThreshold,
  isOver: overLimit,
};

const kayenta: Kind<GateOf<"kayenta">, KayentaEvidence, "values"> = {
  ...noRate,
  initial: () => initialKayenta,
  enter: (_gate, evidence) => enterKayentaStage(evidence),
  takes: "values",
  fold: foldKayenta,
  judge: judgeKayenta,
  isOver: (_gate, evidence) => hasFailed(evidence),
};

const kinds = { failures, latency, mean, series, threshold, kayenta } satisfies Record<GateKind, unknown>;

/** A kind as those see it who do not know which it is: given only gates and evidence of that kind. */
type AnyKind = Kind<Gate, Evidence, Measurement["kind"]>;

/** The gate's kind, and its evidence; a gate whose kind was changed begins anew. */
export function kindOf(gate: Gate, known?: Evidence): { readonly kind: AnyKind; readonly evidence: Evidence } {
  const kind = kinds[gate.kind] as unknown as AnyKind;
  return { kind, evidence: known?.kind === gate.kind ? known : kind.initial(gate) };
}
