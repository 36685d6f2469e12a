/** What the evidence says about one gate: about traffic it says nothing (that is a Decision). */
export const verdictKinds = ["pass", "fail", "inconclusive", "error"] as const;

export interface Verdict {
  readonly verdict: (typeof verdictKinds)[number];
  /** The evidence of harm beyond the margin that decides, ln E: fails at ln(1/alpha). Never -Infinity; 0 when there is none. */
  readonly logHarm: number;
  /** Evidence of safety within the limit in the present stage, ln E: passes at ln(1/alpha). */
  readonly logSafe: number;
  /** Whether anything was counted in the present stage that could be judged. */
  readonly measured: boolean;
  /** One sentence for people, counts included. */
  readonly reason: string;
  /** The numbers behind the sentence: totals per arm, rates, thresholds; finite numbers only. */
  readonly numbers: Readonly<Record<string, number>>;
}
