/** Invented traffic of two arms, tick by tick, drawn exactly from a seed. */
import { binomial, gamma, geometric, poisson, seeded, type Random } from "../../src/stats/random.ts";

/** One tick. Units are what Serin counts; requests are what counts them one by one. They differ where clients fail in bursts. */
export interface Tick {
  readonly n: number;
  readonly bad: number;
  readonly n0: number;
  readonly bad0: number;
  readonly badRequests: number;
  readonly badRequests0: number;
  /** Which plan was live. */
  readonly plan: number;
}

export interface World {
  readonly name: string;
  readonly perSecond: number;
  readonly tickMs: number;
  share(t: number): number;
  /** Failure rates of canary and stable at a second. `shock` is drawn once a minute, for both arms. */
  rates(t: number, shock: number): readonly [theta: number, theta0: number];
  /** Mean number of failed requests of a failing client. */
  readonly burst: number;
  /** Whether each minute has a level of its own, gamma distributed with mean 1. */
  readonly shocks: boolean;
}

const steady = { tickMs: 1000, burst: 1, shocks: false, share: () => 0.05 };

/** Both arms at one constant rate, or the canary at another from a second on. */
export function constant(theta0: number, theta = theta0, perSecond = 100, tickMs = 1000, onset = 0): World {
  return {
    ...steady,
    name: theta === theta0 ? percent(theta0) : `${percent(theta0)} to ${percent(theta)}`,
    perSecond,
    tickMs,
    rates: (t) => [t >= onset ? theta : theta0, theta0],
  };
}

export const percent = (rate: number): string => `${Number((rate * 100).toPrecision(3))} %`;

const HOUR = 3600;
/** Share 1, 5, 25 and 50 %, a quarter of an hour each. */
const ramp = (t: number) => [0.01, 0.05, 0.25, 0.5][Math.min(3, Math.floor(t / 900))];

/** Hours in which nothing is wrong with the canary. */
export const quiet: readonly World[] = [
  constant(0.001),
  constant(0.005),
  constant(0.01),
  { ...constant(0.001), name: "drift 0.1 to 1 %", rates: (t) => same(0.001 + (0.009 * t) / HOUR) },
  { ...constant(0.002), name: "ramp and drift", share: ramp, rates: (t) => same(0.002 + (0.008 * t) / HOUR) },
  { ...constant(0.005), name: "shared shocks", shocks: true, rates: (_, shock) => same(Math.min(0.5, 0.005 * shock)) },
  { ...constant(0.005), name: "bursts of 3", burst: 3, rates: () => same(0.005 / 3) },
];

const same = (rate: number) => [rate, rate] as const;

/** The ticks of a world, for so many seconds. */
export function* ticks(world: World, seed: number, seconds = HOUR): Generator<Tick> {
  const random = seeded(seed);
  const step = world.tickMs / 1000;
  let [shock, minute] = [1, -1];
  for (let k = 0; k * step < seconds; k++) {
    const t = k * step;
    if (world.shocks && Math.floor(t / 60) !== minute) [shock, minute] = [gamma(random, 1), Math.floor(t / 60)];
    yield tick(world, random, t, shock);
  }
}

function tick(world: World, random: Random, t: number, shock: number): Tick {
  const step = world.tickMs / 1000;
  const share = world.share(t);
  const [theta, theta0] = world.rates(t, shock);
  const n = poisson(random, world.perSecond * share * step);
  const n0 = poisson(random, world.perSecond * (1 - share) * step);
  const [bad, bad0] = [binomial(random, n, theta), binomial(random, n0, theta0)];
  const requests = (clients: number, most: number) => {
    if (world.burst === 1) return clients;
    let sum = 0;
    for (let i = 0; i < clients; i++) sum += geometric(random, 1 / world.burst);
    return Math.min(sum, most);
  };
  const plan = Math.round(share * 1000);
  return { n, bad, n0, bad0, badRequests: requests(bad, n), badRequests0: requests(bad0, n0), plan };
}
