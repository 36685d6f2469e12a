/** Steps that cannot do what they are for, in the order in which they are written. */
import { formatDuration, parseDuration } from "../../rollout/amounts.ts";
import type { Step } from "../../rollout/steps/index.ts";
import { FULL_WEIGHT } from "../../rollout/traffic.ts";
import { at, type Parts } from "../parts.ts";
import type { Finding, Path } from "../problem.ts";

const canaryPath = ["spec", "strategy", "canary"];

interface Split {
  readonly weight: number;
  readonly mirror: number;
  readonly ended: boolean;
}

const nobody: Split = { weight: 0, mirror: 0, ended: false };

/** Only steps in words of their own: those that strategies make work. */
export function stepsThatCannotWork({ steps, gates }: Parts): readonly Finding[] {
  let split = nobody;
  return steps.flatMap(({ index, value: step }) => {
    const message = faultOf(step, split, hasOwnLimit(gates, index + 1));
    split = after(step, split);
    return message === null ? [] : [{ path: [...canaryPath, "steps", index], message }];
  });
}

/** A limit of this very step compares nothing, so that it can be waited for whoever meets the canary. */
const hasOwnLimit = (gates: Parts["gates"], step: number): boolean =>
  gates.some(({ value: gate }) => {
    if (gate.kind !== "threshold" || gate.dryRun || gate.threshold.during === undefined) return false;
    const { from, to } = gate.threshold.during;
    return step >= from && step <= (to ?? step);
  });

function faultOf(step: Step, { weight, mirror, ended }: Split, ownLimit: boolean): string | null {
  if (ended) return "is never reached: the release has ended before it";
  if ("setWeight" in step && step.setWeight.weight < weight)
    return `expected at least ${weight / 100}, the share before it: one that shrinks takes visitors back from the canary`;
  if ("mirror" in step && weight === FULL_WEIGHT) return "nothing is left to copy: the canary has all of the traffic";
  if (!("analyze" in step) || ownLimit) return null;
  if (weight === 0 && mirror === 0)
    return "no request has met the canary before this step: begin with setWeight or mirror";
  return weight === FULL_WEIGHT
    ? "stable has no traffic left to compare with: pause instead, gates go on watching"
    : null;
}

function after(step: Step, split: Split): Split {
  if ("setWeight" in step) return { ...split, weight: step.setWeight.weight, mirror: 0 };
  if ("mirror" in step) return { ...split, mirror: step.mirror.weight };
  return "end" in step ? { ...split, ended: true } : split;
}

/** The schema's own deadline where none is written. */
const DEADLINE = "10m";

/** The least time of a stage cannot exceed its deadline. */
export function contradictoryTimes({ written }: Parts): readonly Finding[] {
  const canary = at(written, "strategy", "canary");
  const steps = at(canary, "steps");
  const analyses = Array.isArray(steps) ? steps.map((step: unknown) => at(step, "analyze")) : [];
  return [
    ...tooLate(at(canary, "atLeast"), at(canary, "stage"), canaryPath),
    ...analyses.flatMap((analyze, i) =>
      tooLate(at(analyze, "atLeast"), at(analyze, "for"), [...canaryPath, "steps", i, "analyze"]),
    ),
  ];
}

function tooLate(least: unknown, deadline: unknown, path: Path): readonly Finding[] {
  const leastMs = msOf(least);
  const deadlineMs = msOf(deadline ?? DEADLINE);
  if (leastMs === null || deadlineMs === null || leastMs <= deadlineMs) return [];
  return [{ path: [...path, "atLeast"], message: `is longer than the deadline, ${formatDuration(deadlineMs)}` }];
}

const msOf = (written: unknown) => (typeof written === "string" ? parseDuration(written) : null);
