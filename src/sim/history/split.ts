/**
 * A quiet time, played as if a canary had been there that is as good as stable: every unit that was counted is given to
 * the pretend canary with the probability that the plan of the play says, each by itself. So both arms are samples of
 * one and the same traffic, with its own bursts and bad minutes, and whatever is rolled back is rolled back falsely.
 * Units that were counted in several ticks (people) are given away in each tick anew: how people cluster is what such a
 * split cannot show.
 */
import type { Counts, Histogram, Tick } from "../../analysis/measurement.ts";
import { binomial, seeded, type Random } from "../../stats/random.ts";

/** The chance of one tick of one gate: looking again changes nothing. */
export const chanceOf = (seed: number, gate: string, at: number): Random =>
  seeded((seed * 1024 + hashOf(gate)) * 2 ** 32 + (Math.floor(at) % 2 ** 32));

function hashOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % 1021;
  return hash;
}

/** All of a tick is stable's; `weight` is the pretend canary's share of it. */
export function splitCounts({ at, plan, stable }: Tick<Counts>, weight: number, random: Random): Tick<Counts> {
  const bad = binomial(random, stable.bad, weight);
  const canary = { n: binomial(random, stable.n - stable.bad, weight) + bad, bad };
  return { at, plan, stable: { n: stable.n - canary.n, bad: stable.bad - bad }, canary };
}

/** Only what was finished is given away; what was in flight is counted when it is finished, in whichever arm. */
export function splitHistogram({ at, plan, stable }: Tick<Histogram>, weight: number, random: Random): Tick<Histogram> {
  const kept: [number, number][] = [];
  const given: [number, number][] = [];
  for (const [bucket, count] of stable.done) {
    const moved = binomial(random, count, weight);
    if (moved > 0) given.push([bucket, moved]);
    if (moved < count) kept.push([bucket, count - moved]);
  }
  return { at, plan, stable: { done: kept, carried: [] }, canary: { done: given, carried: [] } };
}
