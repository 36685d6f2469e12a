/**
 * The watch after a promotion: what is promoted serves everybody (or all but a holdback), the revision before stays in the
 * routing table to take everybody back at once. The release has ended: its phase and outcome say so, and a watch that
 * ends well changes nothing but the plan. What it rests on: `analysis/watched.ts`; what it does: `watching.ts`.
 */
import type { Watched } from "../analysis/watched.ts";
import { detectorAlarm } from "../stats/detector.ts";

/** Settings are those of the document at the promotion. Plain JSON. */
export interface Watch {
  /** First plan version of the watch. */
  readonly plan: number;
  /** When that plan was first reported live, epoch milliseconds; 0 while it was not. */
  readonly from: number;
  readonly forMs: number;
  /** Basis points. */
  readonly holdback: number;
  readonly margin: number;
  readonly falseReturnEveryMs: number;
  /** By gate; a level is there when its baseline has been measured. */
  readonly gates: Readonly<Record<string, Watched>>;
  /** ln of the sum of bets of all gates together; takes it back at `alarmOf`. */
  readonly logHarm: number;
  /** Why the revision before could not take over when it was last asked; empty when it could. */
  readonly unready: string;
}

/** ln of the sum of bets at which everybody goes back. */
export const alarmOf = ({ falseReturnEveryMs }: Pick<Watch, "falseReturnEveryMs">): number =>
  detectorAlarm(falseReturnEveryMs);
