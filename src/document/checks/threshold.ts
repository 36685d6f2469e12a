/** Limits that can never be crossed, never be kept, or are never looked at. */
import { gatewayValues, type Gate, type GatewayValue, type ThresholdGate } from "../../analysis/metric.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import { paceOf } from "../../rollout/gates.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import { nearest } from "../nearest.ts";
import type { Entry, Parts } from "../parts.ts";
import type { Finding, Path } from "../problem.ts";
import { listed, quoted } from "../words.ts";

type Limit = Entry<ThresholdGate>;

const limitsOf = ({ gates }: Parts): readonly Limit[] =>
  gates.filter((gate: Entry<Gate>): gate is Limit => gate.value.kind === "threshold");

const pathOf = ({ index }: Limit, key: string): Path => ["spec", "gates", index, "threshold", key];

const known: readonly string[] = gatewayValues;
const rates: readonly string[] = ["failureRate", "successRate"] satisfies GatewayValue[];

/** Other sources have values of their own, which only they can know. */
const ofGateway = ({ value: { source } }: Limit) => "gateway" in source;

export function unknownValue(parts: Parts): readonly Finding[] {
  return limitsOf(parts)
    .filter((limit) => ofGateway(limit) && !known.includes(limit.value.threshold.value))
    .map((limit) => {
      const { value } = limit.value.threshold;
      const word = nearest(value, known);
      const meant = word === undefined ? "" : `, did you mean "${word}"?`;
      const message = `expected a value of the gateway, ${listed(known)}, found ${quoted(value)}${meant}`;
      return { path: pathOf(limit, "value"), message, nearest: word };
    });
}

export function impossibleRange(parts: Parts): readonly Finding[] {
  return limitsOf(parts).flatMap((limit) => {
    const { min, max, value } = limit.value.threshold;
    if (min !== undefined && max !== undefined && min > max)
      return [{ path: pathOf(limit, "max"), message: `expected at least ${min}, which is min, found ${max}` }];
    if (!ofGateway(limit) || !rates.includes(value)) return [];
    return (["min", "max"] as const).flatMap((key) => outsideRates(limit, key));
  });
}

function outsideRates(limit: Limit, key: "min" | "max"): readonly Finding[] {
  const { [key]: said, value } = limit.value.threshold;
  if (said === undefined || (said >= 0 && said <= 1)) return [];
  const meant = said > 1 && said <= 100 ? `: ${said} percent is ${said / 100}` : "";
  return [{ path: pathOf(limit, key), message: `${value} lies between 0 and 1, found ${said}${meant}` }];
}

/** Steps that there are none of, or that ask every limit alike. */
export function limitsOfNoStep(parts: Parts): readonly Finding[] {
  if (parts.strategy === undefined) return [];
  const steps = stepsOf(parts.strategy);
  return limitsOf(parts).flatMap((limit) => {
    const { during } = limit.value.threshold;
    if (during === undefined) return [];
    if (steps.some((step) => "check" in step))
      return [{ path: pathOf(limit, "during"), message: "does not go with check, which asks every limit" }];
    const last = Math.max(during.from, during.to ?? 0);
    const message = `there are ${steps.length} steps, and no step ${last}`;
    return last > steps.length ? [{ path: pathOf(limit, "during"), message }] : [];
  });
}

export function rarelyChecked(parts: Parts): readonly Finding[] {
  const times =
    parts.strategy === undefined
      ? []
      : stepsOf(parts.strategy).flatMap((step) => ("analyze" in step ? [step.analyze.forMs] : []));
  const shortest = Math.min(...times);
  const message = `a stage of ${formatDuration(shortest)} may end before this gate was looked at`;
  return parts.gates.flatMap(({ index, value }) => {
    const { every, path } = lookOf(value);
    return every > shortest ? [{ path: ["spec", "gates", index, ...path], message }] : [];
  });
}

/** How long it takes until a gate has been looked at once, and where that is said. */
function lookOf(gate: Gate): { readonly every: number; readonly path: Path } {
  const pace = paceOf(gate);
  const delay = pace?.delayMs ?? 0;
  if (gate.kind === "threshold") return { every: gate.threshold.everyMs + delay, path: ["threshold", "every"] };
  const [name] = Object.keys(gate.source);
  return { every: (pace?.intervalMs ?? 0) + delay, path: ["source", name, "interval"] };
}
