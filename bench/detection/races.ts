/** What each rule does in the worlds: how often it is wrong, how soon it is right. */
import { leastUnits } from "../../src/stats/bounds.ts";
import type { Rule, Watch } from "./rules.ts";
import { ALPHA } from "./rules.ts";
import { constant, ticks, type Tick, type World } from "./worlds.ts";

const HOUR = 3600;
/** The four faults that every table is about: failure rates of stable and of the canary. */
export const faults: readonly (readonly [theta0: number, theta: number])[] = [
  [0.001, 0.005],
  [0.001, 0.01],
  [0.005, 0.01],
  [0.01, 0.02],
];

/** Feeds ticks to a watch in the steps its rule looks at; says the second of the rollback, or null. */
class Looker {
  readonly #every: number;
  readonly #watch: Watch;
  #held: Tick[] = [];
  #from = 0;
  requests = 0;
  at: number | null = null;

  /** `lazily`: in steps of so many seconds where the rule would look at every tick. */
  constructor(rule: Rule, world: World, seed: number, lazily = 0) {
    this.#every = rule.every === 0 ? lazily : rule.every;
    this.#watch = rule.begin(world.tickMs, seed);
  }

  see(tick: Tick, t: number, step: number): void {
    if (this.at !== null) return;
    this.requests += tick.n;
    this.#held.push(tick);
    const end = t + step;
    if (end - this.#from < this.#every - 1e-9) return;
    if (this.#watch.see(this.#held, this.#from)) this.at = end;
    this.#held = [];
    this.#from = end;
  }
}

/** Of so many quiet hours, how many each rule takes back, by world. */
export function wrong(rules: readonly Rule[], hours: number, world: World): number[] {
  const counts = rules.map(() => 0);
  const step = world.tickMs / 1000;
  for (let hour = 0; hour < hours; hour++) {
    // what struck in Serin stays struck, so that a look a minute finds all that a look a tick would
    const lookers = rules.map((rule) => new Looker(rule, world, hour, 60));
    let t = 0;
    for (const tick of ticks(world, 1 + hour)) {
      lookers.forEach((looker) => looker.see(tick, t, step));
      t += step;
    }
    lookers.forEach(({ at }, i) => (counts[i] += at === null ? 0 : 1));
  }
  return counts.map((count) => count / hours);
}

export interface Found {
  /** Means over the runs; a run that found nothing counts with the whole time. */
  readonly seconds: number;
  readonly requests: number;
  /** Standard error of the mean of requests. */
  readonly error: number;
  /** Part of the runs in which it was found. */
  readonly found: number;
  readonly median: number;
  readonly q95: number;
}

function meanOf(all: readonly number[]): { requests: number; error: number } {
  const requests = all.reduce((a, b) => a + b, 0) / all.length;
  const squares = all.reduce((sum, x) => sum + (x - requests) ** 2, 0);
  return { requests, error: Math.sqrt(squares) / all.length };
}

/** How soon each rule finds the world's fault. */
export function right(rules: readonly Rule[], runs: number, world: World, seconds = HOUR, onset = 0): Found[] {
  const step = world.tickMs / 1000;
  const times = rules.map((): number[] => []);
  const requests = rules.map((): number[] => []);
  const found = rules.map(() => 0);
  for (let run = 0; run < runs; run++) {
    const lookers = rules.map((rule) => new Looker(rule, world, run));
    let t = 0;
    for (const tick of ticks(world, 77_000 + run, seconds)) {
      lookers.forEach((looker) => looker.see(tick, t, step));
      t += step;
      if (lookers.every(({ at }) => at !== null)) break;
    }
    lookers.forEach((looker, i) => {
      // taken back before there was a fault: counted among the wrong ones, not here
      if (looker.at !== null && looker.at <= onset) return;
      times[i].push((looker.at ?? seconds) - onset);
      requests[i].push(looker.requests);
      found[i] += looker.at === null ? 0 : 1;
    });
  }
  return times.map((all, i) => {
    const sorted = all.toSorted((a, b) => a - b);
    return {
      seconds: all.reduce((a, b) => a + b, 0) / all.length,
      ...meanOf(requests[i]),
      found: found[i] / all.length,
      median: sorted[Math.floor(sorted.length / 2)],
      q95: sorted[Math.floor(0.95 * sorted.length)],
    };
  });
}

/** The fewest canary requests that any rule with these error rates needs on average, at 5 % of traffic. */
export const fewest = ([theta0, theta]: readonly [number, number], margin: number): number =>
  leastUnits({ theta, theta0, share: 0.05 }, { ratio: margin }, ALPHA, 0.05);

/** Faults of other sizes, from 1.5 to 20 times evenly by the logarithm: what the grid of bets was not made for. */
export const otherFaults: readonly (readonly [theta0: number, theta: number])[] = [
  1.5, 2.16, 3.11, 4.48, 6.46, 9.3, 13.4, 19.3,
].map((times) => [0.002, 0.002 * times]);

/** Canary requests until the rollback over the bound, by fault and on average, with the average's standard error. */
export function overBound(
  rule: Rule,
  margin: number,
  runs: number,
  perSecond: number,
  of: typeof faults = faults,
): { each: number[]; mean: number; error: number } {
  const found = of.map((fault) => {
    const [{ requests, error }] = right([rule], runs, constant(fault[0], fault[1], perSecond, 250), 12_000);
    return { over: requests / fewest(fault, margin), error: error / fewest(fault, margin) };
  });
  return {
    each: found.map(({ over }) => over),
    mean: found.reduce((sum, { over }) => sum + over, 0) / found.length,
    error: Math.sqrt(found.reduce((sum, { error }) => sum + error ** 2, 0)) / found.length,
  };
}
