/** What `-o wide` adds to a rollout's picture: where things run, and every number behind the verdicts. */
import type { RolloutView } from "../../http/wire.ts";
import { stamp, table } from "../output.ts";
import type { Look } from "./bars.ts";
import { figure } from "./numbers.ts";

export function fullLines(view: RolloutView, { paint }: Pick<Look, "paint">): string[] {
  const { plan, stableArm, canaryArm, previousArm, version, liveAt, gates, signals } = view;
  const arms = [
    ["stable", stableArm],
    ["canary", canaryArm],
    ["before", previousArm],
  ] as const;
  const backends = arms.flatMap(([arm, is]) => (is === null ? [] : [[`  ${arm}`, is.revision, is.backends.join(" ")]]));
  const numbers = gates.flatMap(({ gate, numbers: all }) =>
    Object.entries(all).map(([key, n]) => [`  ${gate}`, key, figure(n)]),
  );
  const live = liveAt === null ? "not yet reported live" : `live since ${stamp(liveAt)}`;
  return [
    "",
    ...table(["  ARM", "REVISION", "BACKENDS"], backends, paint).split("\n"),
    "",
    `  plan ${plan.version}, ${live}; version ${version}`,
    ...signals.map(({ verb, by, at }) => `  asked and not yet taken: ${verb} by ${by} at ${stamp(at)}`),
    ...(numbers.length === 0 ? [] : ["", ...table(["  GATE", "NUMBER", "VALUE"], numbers, paint).split("\n")]),
  ];
}
