/** One word for where a rollout stands, from what is remembered: the fleet's lights and the release page's are the same. */
import type { Status } from "../../rollout/status.ts";
import type { Spec } from "../../rollout/spec.ts";
import { alarmOf } from "../../rollout/watch.ts";
import { standing } from "../../rollout/weigh.ts";
import { neededFor } from "../views.ts";
import type { Light } from "../wire-pages.ts";

/** From this part of the way to a rollback on (half, on a logarithmic scale: 10 of 100), harm is what a light shows. */
export const NOTABLE = 0.5;

/** Evidence as a part of what is needed, on a logarithmic scale. */
export const part = (log: number, needed: number): number => Math.max(0, Math.min(1, needed > 0 ? log / needed : 0));

export function light(spec: Spec, status: Status): Light {
  switch (status.phase) {
    case "idle":
      return "serving";
    case "promoted":
      return watched(status);
    case "aborted":
      return "takenBack";
    default:
      return underway(spec, status);
  }
}

function watched({ watch }: Status): Light {
  return watch !== undefined && part(watch.logHarm, alarmOf(watch)) >= NOTABLE ? "harming" : "promoted";
}

/** Harm before everything: a release that waits for a person and harms people is to look like it. */
function underway(spec: Spec, status: Status): Light {
  if (part(status.logHarm, neededFor(spec.promise.falseRollback)) >= NOTABLE) return "harming";
  if (status.phase === "paused") return "waiting";
  const acting = spec.gates.filter(({ dryRun }) => !dryRun);
  const { passed } = standing(spec, status);
  if (acting.some(({ name }) => status.verdicts[name]?.verdict === "error")) return "blind";
  return acting.length > 0 && passed.length === acting.length ? "safe" : "watching";
}
