/**
 * phi of `dispersion.ts` as counts come, second by second, of one arm: by how much failures come in bursts. Neighbouring
 * stretches of time are compared in pairs, so that a level that moves slowly is no dispersion; of a pair with N failures
 * each stretch should have its part q by chance:
 *
 *   phi = sum (bad1 - N q)^2 / sum N q (1 - q)
 *
 * which is E[C^2]/E[C] where failures come in bursts of C. Two lengths of stretch are kept, for bursts may take seconds.
 */
import { requireBadOf } from "./inputs.ts";
import { chiSquaredQuantile } from "./special.ts";

interface Stretch {
  readonly n: number;
  readonly bad: number;
}

/** Pairs of stretches of one length. Plain JSON of constant size. */
interface Pairs {
  /** When the stretch that is being filled began, epoch milliseconds; 0 before the first. */
  readonly since: number;
  readonly filling: Stretch;
  /** The one before, which waits for it. */
  readonly waiting: Stretch | null;
  /** Sums over pairs: of squares, of what they would be by chance, and of that squared. */
  readonly squares: number;
  readonly chance: number;
  readonly chance2: number;
}

export interface Bursts {
  readonly pairs: readonly Pairs[];
  /** What evidence is to be tempered by now. */
  readonly phi: number;
  /** Whether bursts are shown, or phi is only what is assumed until more is known. */
  readonly shown: boolean;
}

/** Lengths of stretches, milliseconds. */
const LENGTHS = [1000, 10_000] as const;
/**
 * While nothing is known failures are taken to come in tens, which weighs as much as one pair; from so many pairs on only what was
 * seen counts. Less would be quicker, and break the promise in the first seconds, when a burst on the canary is the first thing
 * that is seen at all: `bursts.test.ts`.
 */
const ASSUMED = 10;
const ASSUMED_PAIRS = 1;
const KNOWN_PAIRS = 12;
/** Bursts are shown when chance would look like them this seldom; their phi is then its upper limit. */
const SHOWN = 0.999;
const UPPER = 0.95;

const nothing: Pairs = {
  since: 0,
  filling: { n: 0, bad: 0 },
  waiting: null,
  squares: 0,
  chance: 0,
  chance2: 0,
};

/** Before the first count. */
export const startBursts: Bursts = { pairs: LENGTHS.map(() => nothing), phi: ASSUMED, shown: false };

/** Adds the counts of a tick that began at `at`, epoch milliseconds. Ticks come in order. Throws STATISTICS_INPUT. */
export function addBursts(bursts: Bursts, at: number, counts: Stretch): Bursts {
  requireBadOf(counts);
  const pairs = bursts.pairs.map((before, i) => filled(before, at, LENGTHS[i], counts));
  const grown = pairs.some(({ chance }, i) => chance !== bursts.pairs[i].chance);
  return grown ? { pairs, ...phiOf(pairs) } : { ...bursts, pairs };
}

function filled(before: Pairs, at: number, lengthMs: number, { n, bad }: Stretch): Pairs {
  const { filling, since } = before;
  if (since !== 0 && at - since < lengthMs && at >= since)
    return { ...before, filling: { n: filling.n + n, bad: filling.bad + bad } };
  const neighbours = at >= since && at - since < 2 * lengthMs;
  const next = { since: at, filling: { n, bad } };
  // after a gap the stretch before is no neighbour any more
  if (!neighbours) return { ...before, ...next, waiting: null };
  if (before.waiting === null) return { ...before, ...next, waiting: filling };
  return { ...compared(before, before.waiting, filling), ...next, waiting: null };
}

function compared(before: Pairs, one: Stretch, other: Stretch): Pairs {
  const failed = one.bad + other.bad;
  const part = one.n / (one.n + other.n);
  const chance = failed * part * (1 - part);
  if (!(chance > 0)) return before;
  return {
    ...before,
    squares: before.squares + (one.bad - failed * part) ** 2,
    chance: before.chance + chance,
    chance2: before.chance2 + chance ** 2,
  };
}

function phiOf(pairs: readonly Pairs[]): Pick<Bursts, "phi" | "shown"> {
  const shown = pairs.map(shownBy).filter((phi) => phi !== null);
  if (shown.length > 0) return { phi: Math.max(...shown), shown: true };
  return { phi: Math.max(1, assumedBy(pairs[0])), shown: false };
}

/** What bursts may be that are not shown. */
function assumedBy(pairs: Pairs): number {
  const known = effective(pairs);
  if (known === 0) return ASSUMED;
  const seen = pairs.squares / pairs.chance;
  if (known < KNOWN_PAIRS) return (known * seen + ASSUMED_PAIRS * ASSUMED) / (known + ASSUMED_PAIRS);
  // no more than chance makes of it
  return seen > 1 + Math.sqrt(2 / known) ? seen : 1;
}

/** How many pairs of equal weight would tell as much. */
const effective = ({ chance, chance2 }: Pairs): number => (chance2 === 0 ? 0 : chance ** 2 / chance2);

/** The upper limit of phi where it is shown to be above 1, else null. */
function shownBy(pairs: Pairs): number | null {
  const freedom = effective(pairs);
  if (freedom < 1) return null;
  const scaled = (freedom * pairs.squares) / pairs.chance;
  if (scaled <= chiSquaredQuantile(SHOWN, freedom)) return null;
  return Math.max(1, scaled / chiSquaredQuantile(1 - UPPER, freedom));
}
