/**
 * How likely a bet that goes nowhere is to reach its mark all the same. Between bad events of the tested arm the evidence
 * sinks a little, at each it jumps: under the null that is the surplus of an insurer with a steady premium and equal claims,
 * and reaching the mark is its ruin (Asmussen & Albrecher, "Ruin Probabilities", 2010, chapter IV; the law of
 * the M/D/1 queue, Erlang 1909). By Ville it is at most e^-distance; it is less, because jumps overshoot.
 */
import { bisect } from "./special.ts";

/** Climbs by jumps of one height, ln; `chanceOf` falls from 1 at d <= 0. */
export interface Climb {
  readonly jump: number;
  /** The chance just below the mark, and what the chance far below it is of e^-distance. */
  readonly near: number;
  readonly far: number;
}

/** Beyond this a jump takes a double's range. */
const HIGHEST = 50;
const LOWEST = 1e-3;

/** For evidence that a bad event of the tested arm multiplies by e^jump. */
export function climbBy(jump: number): Climb {
  const u = Math.min(HIGHEST, Math.max(LOWEST, jump));
  const premium = Math.expm1(u);
  return { jump: u, near: u / premium, far: (premium - u) / (u * (premium + 1) - premium) };
}

/** From so many jumps on the limit is as good. */
const MANY = 3;

/** Whether the chance is as good as the limit. */
export const isFar = ({ jump }: Climb, distance: number): boolean => distance >= MANY * jump;

/** The chance ever to gain `distance`, ln: exact below three jumps, beyond them the limit (within 1 % of it). */
export function chanceOf({ jump, near, far }: Climb, distance: number): number {
  if (distance <= 0) return 1;
  const jumps = distance / jump;
  if (jumps >= MANY) return far * Math.exp(-distance);
  const second = near * (jumps - 1);
  const third = near * (jumps - 2);
  let never = Math.exp(near * jumps);
  if (second > 0) never -= second * Math.exp(second);
  if (third > 0) never += ((third * third) / 2) * Math.exp(third);
  return 1 - (1 - near) * never;
}

/** How far below the mark it is, when it is reached with this chance, given as ln; 0 where it is likelier than from just below. */
export function distanceAt(climb: Climb, logChance: number): number {
  const { jump, near, far } = climb;
  if (logChance >= Math.log(near)) return 0;
  const limit = Math.log(far) - logChance;
  if (limit >= MANY * jump) return limit;
  const wanted = Math.exp(logChance);
  return bisect((distance) => wanted - chanceOf(climb, distance), 0, MANY * jump);
}
