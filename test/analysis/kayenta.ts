/** A kayenta gate and what its source says, for tests. */
import { fold, initialEvidence } from "../../src/analysis/evidence.ts";
import type { KayentaEvidence } from "../../src/analysis/kayenta-gate.ts";
import type { Measurement } from "../../src/analysis/measurement.ts";
import type { KayentaGate } from "../../src/analysis/metric.ts";

export const STEP = 60_000;
const START = 1_700_000_000_000;

type Settings = Partial<Pick<KayentaGate["kayenta"], "intervalMs" | "lookbackMs">> & {
  readonly mustHaveData?: boolean;
};

export const gateOf = (
  { intervalMs = 10 * STEP, lookbackMs = 60 * STEP, mustHaveData = false }: Settings,
  names: readonly string[] = ["p99"],
): KayentaGate => ({
  name: "judge",
  kind: "kayenta",
  weight: 1,
  dryRun: false,
  source: { gateway: {} },
  kayenta: {
    stepMs: STEP,
    intervalMs,
    lookbackMs,
    pass: 75,
    marginal: 50,
    groupWeights: {},
    metrics: names.map((name) => ({
      name,
      value: name,
      source: { gateway: {} },
      groups: ["all"],
      direction: "increase",
      nanStrategy: "remove",
      outlierFactor: null,
      critical: false,
      mustHaveData,
      muted: false,
      effectSize: {},
    })),
  },
});

/** Minute `i`: every metric of an arm has its value, unless the canary's has one of its own. */
export function measurementAt(
  i: number,
  stable: number | null,
  canary: number | null,
  own: Readonly<Record<string, number>> = {},
): Measurement {
  const all = (value: number | null) => ({ p99: value, p50: value, failureRate: value });
  const window = { from: START + i * STEP, to: START + (i + 1) * STEP };
  return { kind: "values", window, stable: all(stable), canary: { ...all(canary), ...own } };
}

export const evidenceOf = {
  where: { stagePlan: 1, stageAt: START, startedAt: START, plannedMs: 3_600_000, stages: 1, stage: 0 },
};

export function foldAll(
  gate: KayentaGate,
  measurements: readonly Measurement[],
  from: KayentaEvidence = initialEvidence(gate) as KayentaEvidence,
): KayentaEvidence {
  return measurements.reduce((evidence, one) => fold(gate, evidence, one, evidenceOf.where) as KayentaEvidence, from);
}
