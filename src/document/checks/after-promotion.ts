/** Watches that nothing watches, and planned windows that are none. */
import { stepsOf } from "../../rollout/strategies/index.ts";
import { splitOf } from "../../rollout/steps/index.ts";
import { watchedGates } from "../../rollout/watch-gates.ts";
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";

/** Without a holdback only failures are watched, with one what proves rates: a gate that only reports takes nobody back. */
export function watchedByNobody({ afterPromotion, assignment, gates }: Parts): readonly Finding[] {
  if (afterPromotion === undefined || afterPromotion.watchMs === 0 || assignment === undefined) return [];
  const all = gates.map(({ value }) => value);
  if (watchedGates({ gates: all, assignment }, afterPromotion).some(({ dryRun }) => !dryRun)) return [];
  const who = afterPromotion.holdback > 0 ? "a gate that proves rates" : "a failures gate (or a holdback)";
  const message = `nothing can take back what was promoted: a watch goes by ${who} that acts`;
  return [{ path: ["spec", "afterPromotion", "watch"], message }];
}

/** Calibrated for a ratio, for a share, and for failures. */
export function windowOfPoints({ gates }: Parts): readonly Finding[] {
  return gates.flatMap(({ index, value }) => {
    if (value.kind !== "failures" || value.failures.planned === undefined || "ratio" in value.failures.margin)
      return [];
    const message = "a planned window needs a margin as a ratio: for points no exact mark is known";
    return [{ path: ["spec", "gates", index, "failures", "planned"], message }];
  });
}

export function windowOfFirstShare({ gates, strategy }: Parts): readonly Finding[] {
  if (strategy === undefined) return [];
  const shares = new Set(stepsOf(strategy).flatMap((step) => splitOf(step)?.canaryWeight ?? []));
  if (shares.size < 2) return [];
  return gates.flatMap(({ index, value }) => {
    if (value.kind !== "failures" || value.failures.planned === undefined) return [];
    const message =
      "the planned window ends with the first share: a twentieth of the gate's budget guards the other stages";
    return [{ path: ["spec", "gates", index, "failures", "planned"], message }];
  });
}
