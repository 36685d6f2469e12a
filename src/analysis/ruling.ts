/** From two pieces of evidence to one verdict: the rules that failures and latency gates share. */
import type { Look } from "./look.ts";
import type { Verdict } from "./verdict.ts";
import { evidence, finiteExp } from "./words.ts";

/** Error rates promised for the whole rollout: a rollback of a harmless release, a promotion of a harmful one. */
export interface Promised {
  readonly falseRollback: number;
  readonly falsePromotion: number;
}

/** What a gate of evidence brings to its verdict. */
export interface Case {
  readonly look: Look;
  /** ln of the plain evidence of harm: a number behind the verdict. */
  readonly logHarm: number;
  /** ln of the evidence of harm that decides, which is what is shown: the same, or with what it earned by not overshooting. */
  readonly deciding: number;
  readonly logSafe: number;
  /** What was counted, as sentences: when it fails, when it passes, and while neither is shown. */
  readonly harmful: string;
  readonly safe: string;
  readonly soFar: string;
  /** Whether both arms were counted in the present stage. */
  readonly measured: boolean;
  /** What keeps evidence from growing at all, if anything: "no canary requests in this stage yet". */
  readonly missing: string | null;
  /** What the source cannot show, if that matters. */
  readonly hidden: string | null;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Evidence of harm is worth telling from here on. */
const NOTABLE = Math.log(3);

function remarks({ look, hidden }: Case): string[] {
  const gap = look.gap === "" ? [] : [`(not all of the time was recorded: ${look.gap})`];
  return hidden === null ? gap : [...gap, `(${hidden})`];
}

/**
 * Fail comes first: evidence of harm does not go away because a source is silent. An error is never a pass; no data
 * leaves what is known as it is.
 */
export function rule(the: Case, promised: Promised, weightShare: number): Verdict {
  const harmNeeded = -Math.log(promised.falseRollback * weightShare);
  const safeNeeded = -Math.log(promised.falsePromotion);
  const { deciding: logHarm, logSafe } = the;
  const verdict = (kind: Verdict["verdict"], reason: string): Verdict => ({
    verdict: kind,
    logHarm,
    logSafe,
    measured: the.measured,
    reason: [reason, ...remarks(the)].join(" "),
    numbers: {
      ...the.numbers,
      harm: finiteExp(the.logHarm),
      deciding: finiteExp(logHarm),
      safe: finiteExp(logSafe),
      harmNeeded: finiteExp(harmNeeded),
      safeNeeded: finiteExp(safeNeeded),
      gaps: the.look.gaps,
    },
  });
  if (logHarm >= harmNeeded) return verdict("fail", the.harmful);
  if (the.look.last === "error") return verdict("error", `could not measure: ${the.look.why}`);
  if (logSafe >= safeNeeded) return verdict("pass", the.safe);
  if (the.look.last === "none") return verdict("inconclusive", "not measured yet");
  if (the.look.last === "noData") return verdict("inconclusive", `no data: ${the.look.why}`);
  if (the.missing !== null) return verdict("inconclusive", the.missing);
  const safety = `evidence for safety ${evidence(logSafe)} of ${evidence(safeNeeded)} needed`;
  if (logHarm < NOTABLE) return verdict("inconclusive", `no harm seen; ${safety}`);
  const harm = `evidence of harm ${evidence(logHarm)} of ${evidence(harmNeeded)} needed`;
  return verdict("inconclusive", `${the.soFar}; ${harm}, ${safety}`);
}
