/** The watch after a promotion, as the API shows it: numbers, and the sentences around them. */
import { falseWithin } from "../stats/detector.ts";
import { rough } from "../analysis/words.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { share } from "../rollout/events.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { watchVerdicts } from "../rollout/watch-gates.ts";
import { alarmOf } from "../rollout/watch.ts";
import type { WatchView } from "./wire.ts";

/** Null while nothing is watched. */
export function watchView(spec: Spec, status: Status): WatchView | null {
  const { watch, previous } = status;
  if (watch === undefined) return null;
  const { from, forMs, holdback, logHarm, unready } = watch;
  return {
    before: previous?.revision ?? "",
    from: from === 0 ? null : from,
    forMs,
    holdback,
    logHarm,
    harmAt: alarmOf(watch),
    unready: unready === "" ? null : unready,
    promise: watchPromise(status),
    gates: watchVerdicts(spec, watch).map((verdict) => ({ ...verdict })),
  };
}

/** "It is watched, v1 is kept warm: failures: none of 400 requests failed ...". Empty while nothing is. */
export function watchedSentence(spec: Spec, status: Status): string {
  const { watch, previous } = status;
  if (watch === undefined) return "";
  const before = previous?.revision ?? "the revision before";
  const how = watch.holdback > 0 ? `${share(watch.holdback)} stay with ${before}` : `${before} is kept warm`;
  const said = watchVerdicts(spec, watch).map(({ gate, reason }) => `${gate}: ${reason}`);
  const found = said.length === 0 ? "nothing measured yet" : said.join("; ");
  const stuck = watch.unready === "" ? "" : ` ${before} could not take over now, ${watch.unready}.`;
  return ` It is watched, ${how}: ${found}.${stuck}`;
}

/** What ends a watch, and when by itself. */
export function watchedNext({ watch, stable, previous }: Status, now: number): string | null {
  if (watch === undefined) return null;
  const before = previous?.revision ?? "the revision before";
  const left = watch.from === 0 ? watch.forMs : Math.max(0, watch.from + watch.forMs - now);
  return (
    `The watch ends in ${formatDuration(Math.round(left / 1000) * 1000)} and ${stable.revision} stays; harm takes everybody back to ` +
    `${before} before. \`promote\` ends it now, \`abort\` goes back now.`
  );
}

/** The promise of a watch, in words; empty while nothing is watched. */
export function watchPromise({ watch, previous, stable }: Status): string {
  if (watch === undefined) return "";
  const { forMs, falseReturnEveryMs, holdback, margin } = watch;
  const often = rough(falseWithin(forMs, falseReturnEveryMs) * 100);
  const within =
    holdback > 0
      ? `is within the margins of its gates against those who stayed with ${previous?.revision ?? "the revision before"}`
      : `fails no more than ${rough(margin)} times as often as its release's last minutes leave open`;
  const ground =
    holdback > 0 ? "" : " That level knows no outage of what both revisions depend on: a holdback would tell it apart.";
  return (
    `While ${stable.revision} ${within}, it is taken back at most once in ${formatDuration(falseReturnEveryMs)} watched, on average: ` +
    `in this watch with probability ${often} % at most.${ground}`
  );
}
