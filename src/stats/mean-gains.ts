/** What bets on means gain when a law holds: for planning by the first passage of `passage.ts`. */
import { STAKED, stakesOf, type Line, type Side } from "./means.ts";
import type { Gain } from "./passage.ts";
import { POINTS } from "./spread.ts";

/** How values of each arm are spread over the points of the range (probabilities), and the tested arm's share of them. */
export interface MeanTruth {
  readonly tested: ArrayLike<number>;
  readonly reference: ArrayLike<number>;
  readonly share: number;
}

/** The mean of a law over the points, in parts of the range. */
export function meanOfLaw(law: ArrayLike<number>): number {
  let mean = 0;
  for (let point = 0; point < law.length; point++) mean += law[point] * POINTS[point];
  return mean;
}

/** By bet, for a value of either arm: the level guessed right. */
export function meanGains({ tested, reference, share }: MeanTruth, line: Line, side: Side): Gain[] {
  const { most, pivot, guess, against } = stakesOf(line, side, meanOfLaw(reference), share / (1 - share));
  return STAKED.map((staked) => {
    const a = side * staked * most;
    const [x, y] = [logsOf(tested, a, pivot), logsOf(reference, -a * against, guess)];
    return { drift: share * x.drift + (1 - share) * y.drift, square: share * x.square + (1 - share) * y.square };
  });
}

function logsOf(law: ArrayLike<number>, a: number, from: number): Gain {
  let [drift, square] = [0, 0];
  for (let point = 0; point < law.length; point++) {
    const log = Math.log1p(a * (POINTS[point] - from));
    drift += law[point] * log;
    square += law[point] * log * log;
  }
  return { drift, square };
}
