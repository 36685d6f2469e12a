/** How the canary's share grows: what is allowed and still not what a release is for. */
import { FULL_WEIGHT } from "../../rollout/traffic.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import type { Step } from "../../rollout/steps/index.ts";
import { at, type Parts } from "../parts.ts";
import type { Finding, Path } from "../problem.ts";

/** A share that shows no more than whether it starts at all. */
const TINY = 100;
const strategyPath = ["spec", "strategy"];

interface Share {
  readonly weight: number;
  /** Which setWeight it is, and which step. */
  readonly nth: number;
  readonly step: number;
}

function sharesOf(steps: readonly Step[]): readonly Share[] {
  const weighing = steps.flatMap((step, i) =>
    "setWeight" in step ? [{ weight: step.setWeight.weight, step: i }] : [],
  );
  return weighing.map((share, nth) => ({ ...share, nth }));
}

export function leapsToAll({ strategy, written }: Parts): readonly Finding[] {
  if (strategy === undefined || !("canary" in strategy)) return [];
  const { steps } = strategy.canary;
  const shares = sharesOf(steps);
  const promotes = !steps.some((step) => "end" in step);
  return shares.flatMap((share, i) => {
    const next = shares[i + 1]?.weight ?? (promotes ? FULL_WEIGHT : 0);
    if (share.weight > TINY || next < FULL_WEIGHT) return [];
    const message = `from ${share.weight / 100} percent the canary goes to everybody at once: what only load shows is then shown to all`;
    return [{ path: sharePath(share, written), message }];
  });
}

function sharePath({ nth, step }: Share, written: Parts["written"]): Path {
  const steps = at(written, "strategy", "canary", "steps") !== undefined;
  return steps ? [...strategyPath, "canary", "steps", step, "setWeight"] : [...strategyPath, "canary", "weights", nth];
}

export function switchedUnproven({ strategy }: Parts): readonly Finding[] {
  if (strategy === undefined || !("blueGreen" in strategy)) return [];
  const { mirror, approve, bakeMs } = strategy.blueGreen;
  if (mirror > 0 || approve || bakeMs > 0) return [];
  const message = "everybody is switched at once and nothing is judged before or after: say mirror, approve or bake";
  return [{ path: [...strategyPath, "blueGreen"], at: "key", message }];
}

export function nothingToCopyTo({ strategy, written }: Parts): readonly Finding[] {
  if (strategy === undefined || written["canary"] !== undefined) return [];
  const copies = stepsOf(strategy).some((step) => "mirror" in step && step.mirror.weight > 0);
  const message = "requests are copied to a canary, and the document has none: nothing happens until one is started";
  return copies ? [{ path: strategyPath, at: "key", message }] : [];
}
