/** Flagger's four ways through a release as steps: a share, one interval, one round of checks, and so on. */
import { because, from, mapping, type Said } from "../said.ts";
import { kindOf, type Canary, type Kind } from "./canary.ts";
import { weightsOf } from "./weights.ts";

/** On `kubernetes`, where iterations are not said. */
const UNROUTED_ITERATIONS = 10;

export interface Pace {
  readonly interval: Said;
  readonly threshold: Said;
}

export function stepsOf(canary: Canary, pace: Pace): readonly unknown[] {
  const kind = kindOf(canary);
  switch (kind) {
    case "skip":
      losePace(canary, "with skipAnalysis nothing is checked");
      return [{ setWeight: from(canary.spec.get("skipAnalysis"), 0, "ready, and then promoted without a check") }];
    case "canary":
      return progressive(canary, pace);
    case "abTest":
      return [nobodyByChance(canary), check(pace, iterations(canary))];
    default:
      return blueGreen(canary, pace, kind);
  }
}

/** Without a share to begin with nothing may move: a person is asked, who cannot miss what was lost. */
const stuck = { approve: because("nothing is left to go on by", { note: "no share of the Canary's could be kept" }) };

function progressive(canary: Canary, pace: Pace): readonly unknown[] {
  const copies = mirrorStep(canary);
  const shares = weightsOf(canary);
  if (shares.length === 0) {
    losePace(canary, "nothing is checked where nothing can move");
    return [stuck];
  }
  return [
    ...(copies === null ? [] : [copies, check(pace)]),
    ...shares.flatMap((share) => [{ setWeight: share }, check(pace)]),
  ];
}

/** Iterated with no live traffic, or with copies of it; then everybody, one more round, and promoted. */
function blueGreen(canary: Canary, pace: Pace, kind: Kind): readonly unknown[] {
  const copies = mirrorStep(canary);
  const before = copies ?? { setWeight: because("nobody meets it while it is iterated", 0) };
  if (kind === "blueGreenUnrouted") {
    const times = iterations(canary);
    return [before, check(pace, from(times.part, times.count + 1, "and the round in which others would switch"))];
  }
  const { notes, analysis } = canary;
  if (copies === null)
    notes.change(
      analysis.get("iterations"),
      "no request reaches the canary through Serin's gateway meanwhile: built-in metrics have no data then, which fails a round, as it does in Flagger without a load test; with mirror there are copies",
    );
  return [before, check(pace, iterations(canary)), { setWeight: because("the switch", 100) }, check(pace)];
}

function losePace({ analysis, notes }: Canary, why: string): void {
  for (const key of ["interval", "threshold"]) notes.lose(analysis.get(key), why);
}

const nobodyByChance = ({ analysis }: Canary) => ({
  setWeight: from(analysis.get("match"), 0, "those who match meet it, nobody else"),
});

interface Times {
  readonly part: Canary["analysis"];
  readonly count: number;
}

function iterations({ analysis, notes }: Canary): Times {
  const part = analysis.get("iterations");
  const count = Math.trunc(part.number() ?? 0);
  if (count >= 1) return { part, count };
  notes.change(
    part.there ? part : analysis,
    `without iterations, Flagger iterates ${UNROUTED_ITERATIONS} times on kubernetes`,
  );
  return { part: part.there ? part : analysis, count: UNROUTED_ITERATIONS };
}

/** One round; without data or an answer it fails, as everything that is not a pass does there. */
function check({ interval, threshold }: Pace, times?: Times | Said) {
  const said = times !== undefined && "count" in times ? from(times.part, times.count) : times;
  return { check: mapping({ every: interval, times: said, failures: threshold, unanswered: "fails" }) };
}

/** Copies of live requests before anybody meets it. */
function mirrorStep({ analysis, notes }: Canary): unknown {
  const mirror = analysis.get("mirror");
  const weight = analysis.get("mirrorWeight");
  if (mirror.flag() !== true) {
    notes.lose(weight, "without mirror: true nothing is copied, in Flagger neither");
    return null;
  }
  const share = weight.number();
  return { mirror: share === undefined ? from(mirror, 100, "all of them") : from([weight, mirror], share) };
}
