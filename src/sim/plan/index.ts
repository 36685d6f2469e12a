/**
 * Before a release: what its stages and gates will see of the harm that its author fears, how long that takes, and how
 * many people meet it until then. Pure, from a document and what is assumed of traffic.
 */
import { weightShares } from "../../analysis/evidence.ts";
import type { Gate } from "../../analysis/metric.ts";
import type { Spec } from "../../rollout/spec.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import { ratiosBeyond, RATIO_WEIGHTS } from "../../stats/counts.ts";
import { STAKES, stakedForStages } from "../../stats/onset.ts";
import { noticedAlong } from "../../stats/ramp.ts";
import { assumptionInWords, type Assumption } from "../assume.ts";
import { fearedRate, lookAtFailures } from "./failures.ts";
import { lookAtKayenta } from "./kayenta.ts";
import { lookAtLatency } from "./latency.ts";
import type { Asked, Budget, GateLook } from "./look.ts";
import { lookAtMean } from "./mean.ts";
import { throughSource } from "./pace.ts";
import { lookAtSeries } from "./series.ts";
import { splitAt, stagesOf, type Stage } from "./stages.ts";
import { lookAtThreshold } from "./threshold.ts";
import { cases, gateSentence, labelOf, span, warningsOf } from "./words.ts";

export type { GateLook, Times } from "./look.ts";
export { span } from "./words.ts";

export interface StagePlan {
  /** From 0. */
  readonly stage: number;
  /** "5 %", "copies of 10 %" */
  readonly label: string;
  readonly weight: number;
  readonly mirror: number;
  /** How long it lasts at most, milliseconds, without what people take. */
  readonly ms: number;
  /** How long it lasts if all is well: null when that is not shown in time. */
  readonly wellMs: number | null;
  /** Units that meet the canary while it lasts. */
  readonly units: number;
  readonly sentences: readonly string[];
  readonly gates: readonly GateLook[];
}

export interface Plan {
  readonly name: string;
  readonly sentence: string;
  readonly assumed: string;
  readonly stages: readonly StagePlan[];
  /** By gate: the probability that the harm it fears, there from the start, is noticed before the promotion. */
  readonly noticed: Readonly<Record<string, number>>;
  /** How long the release takes if all is well, and at most; people not counted. */
  readonly wellMs: number | null;
  readonly ms: number;
  readonly warnings: readonly string[];
}

/** Throws STATISTICS_INPUT when what is assumed is impossible. */
export function planOf(spec: Spec, assumption: Assumption): Plan {
  const steps = stagesOf(stepsOf(spec.strategy));
  const looked = steps.map((stage) => ({ stage, looks: looksOf(spec, stage, assumption) }));
  const stages = looked.map(({ stage, looks }) => stagePlan(stage, looks, assumption));
  const noticed = noticedBefore(spec, looked, assumption);
  const warnings = looked.flatMap(({ stage, looks }) => warningsOf(stage, looks, spec.whenUndecided));
  const well = stages.map(({ wellMs }) => wellMs);
  const wellMs = well.includes(null) ? null : well.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const ms = stages.reduce((sum, stage) => sum + stage.ms, 0);
  const plan = { name: spec.name, assumed: assumptionInWords(assumption), stages, noticed, wellMs, ms, warnings };
  return { ...plan, sentence: rampSentence(plan) };
}

function looksOf(spec: Spec, stage: Stage, assumption: Assumption): GateLook[] {
  const split = splitAt(stage, assumption.assumed.perSecond);
  if (split === null) return [];
  const shares = weightShares(spec.gates);
  return spec.gates.map((gate) => {
    const budget = budgetOf(spec, stage, shares[gate.name]);
    return throughSource(gate, { stage, split, budget, assumption }, (asked) => lookAt(gate, asked));
  });
}

/** A harm that is there from the start has the start's stake; one that begins with a stage has that stage's. */
function budgetOf({ promise }: Spec, { index, stages }: Stage, share: number): Budget {
  const first = STAKES.start + stakedForStages(0, stages);
  const fromStage = index === 0 ? first : stakedForStages(index, stages) - stakedForStages(index - 1, stages);
  return {
    alpha: promise.falseRollback * (share > 0 ? share : 1),
    fromStart: first,
    fromStage,
    falsePromotion: promise.falsePromotion,
  };
}

function lookAt(gate: Gate, asked: Asked): GateLook {
  if (gate.kind === "failures") return lookAtFailures(gate, asked);
  if (gate.kind === "latency") return lookAtLatency(gate, asked);
  if (gate.kind === "mean") return lookAtMean(gate, asked);
  if (gate.kind === "series") return lookAtSeries(gate, asked);
  return gate.kind === "threshold" ? lookAtThreshold(gate, asked) : lookAtKayenta(gate, asked);
}

function stagePlan(stage: Stage, looks: readonly GateLook[], { assumed }: Assumption): StagePlan {
  const { index, weight, mirror, ms } = stage;
  const shown = Math.max(0, ...looks.filter(({ dryRun }) => !dryRun).map(({ safeMs }) => safeMs ?? Infinity));
  const enough = stage.judges ? (stage.early ? Math.max(stage.atLeastMs, shown) : ms) : ms;
  const split = splitAt(stage, assumed.perSecond);
  const sentences =
    split === null && ms > 0
      ? [`at ${labelOf(stage)} there is nothing to compare with: gates see nothing.`]
      : looks.map((look) => gateSentence(stage, look));
  return {
    stage: index,
    label: labelOf(stage),
    weight,
    mirror,
    ms,
    wellMs: stage.judges && shown > ms ? null : enough,
    units: ((split?.perSecond ?? assumed.perSecond) * (split?.share ?? 1) * ms) / 1000,
    sentences,
    gates: looks,
  };
}

type Looked = readonly { readonly stage: Stage; readonly looks: readonly GateLook[] }[];

/** Where the law is exact, evidence is followed along the ramp; else the best of the stages counts, which is less. */
function noticedBefore(spec: Spec, looked: Looked, assumption: Assumption): Record<string, number> {
  const of = (gate: Gate): number => {
    const own = looked.flatMap(({ stage, looks }) => {
      const look = looks.find((one) => one.gate === gate.name);
      return look === undefined ? [] : [{ stage, look }];
    });
    const best = Math.max(0, ...own.map(({ look }) => look.chance ?? 0));
    const exact = gate.kind === "failures" && own.length > 0 && own.every(({ look }) => look.method === "exact");
    return exact ? Math.max(best, along(spec, gate, own, assumption)) : best;
  };
  return Object.fromEntries(spec.gates.map((gate) => [gate.name, of(gate)]));
}

function along(
  spec: Spec,
  gate: Gate & { readonly kind: "failures" },
  own: readonly { readonly stage: Stage; readonly look: GateLook }[],
  assumption: Assumption,
): number {
  const { margin } = gate.failures;
  if ("points" in margin) return 0;
  const { perSecond, stable } = assumption.assumed;
  const legs = own.flatMap(({ stage }) => {
    const split = splitAt(stage, perSecond);
    return split === null || stage.ms === 0 ? [] : [{ share: split.share, units: (split.perSecond * stage.ms) / 1000 }];
  });
  const [first] = own;
  const budget = budgetOf(spec, first.stage, weightShares(spec.gates)[gate.name]);
  const theta = fearedRate(gate, assumption);
  const test = { margin: margin.ratio, alpha: budget.alpha * budget.fromStart, weights: RATIO_WEIGHTS };
  return noticedAlong(legs, { theta, theta0: stable.failures }, test, ratiosBeyond(margin.ratio)).at(-1) ?? 0;
}

function rampSentence({ name, noticed, wellMs, ms, stages }: Omit<Plan, "sentence">): string {
  const parts = Object.entries(noticed).map(([gate, chance]) => `${gate} in ${cases(chance)}`);
  const seen = parts.length === 0 ? "nothing" : parts.join(", ");
  const well = wellMs === null ? `it is not shown to be safe in time (${span(ms)})` : `it takes about ${span(wellMs)}`;
  return `${name}, ${stages.length} ${stages.length === 1 ? "stage" : "stages"}: a harm that is there from the start is noticed before the promotion by ${seen}; if all is well ${well}.`;
}
