/** Rounds of checks that ask nobody, or whose limits elsewhere say what does not count. */
import { stepsOf } from "../../rollout/strategies/index.ts";
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";

/** A round in which nobody is asked passes by time alone. */
export function roundsAskNobody({ strategy, gates, hooks }: Parts): readonly Finding[] {
  if (strategy === undefined || !("canary" in strategy)) return [];
  const asked =
    gates.some(({ value }) => value.kind === "threshold" && !value.dryRun) ||
    hooks.some(({ value }) => value.on === "rollout");
  if (asked) return [];
  const message =
    "a check asks limits (gates with a threshold) and hooks on rollout, and there are none: time alone passes it";
  return stepsOf(strategy).flatMap((step, i) =>
    "check" in step ? [{ path: ["spec", "strategy", "canary", "steps", i], message }] : [],
  );
}
