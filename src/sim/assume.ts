/**
 * What planning and simulation take for true, as people write it: `traffic=200/s`, `stable.failures=0.2%`,
 * `canary.failures=1%` or `x3`, `stable.latency=20ms` (the median), `stable.p99=100ms`, `canary.latency=x1.2`,
 * `stable.mean=400`, `stable.spread=0.8`, `canary.mean=x1.4` (amounts, as `mean` and `series` gates compare), `canary.from=10m` (the canary is as good as stable before). What is not said is taken from what was measured, and
 * else from a default, and it is told which.
 */
import { SerinError } from "../errors.ts";
import { formatDuration, parseDuration } from "../rollout/amounts.ts";
import { normalQuantile } from "../stats/special.ts";
import { usualAmounts, type Amounting } from "./amounts.ts";
import type { Behaviour, Truth } from "./traffic.ts";

/** Everything that is taken for true. Plain JSON. */
export interface Assumed {
  /** Units a second, both arms. */
  readonly perSecond: number;
  readonly stable: Behaviour;
  readonly canary: Behaviour;
  /** When the canary begins to differ, milliseconds since the release's start. */
  readonly fromMs: number;
}

/** Against stable's: so much, or so many times as much. */
export type Against = { readonly is: number } | { readonly times: number };

/** What was said, and no more. */
export interface Said {
  readonly perSecond?: number;
  readonly stableFailures?: number;
  readonly stableMs?: number;
  readonly stableP99Ms?: number;
  readonly canaryFailures?: Against;
  readonly canaryMs?: Against;
  readonly canaryP99Ms?: Against;
  readonly stableMean?: number;
  readonly stableSpread?: number;
  readonly canaryMean?: Against;
  readonly fromMs?: number;
}

/** What was measured of stable and of traffic; anything of it may be missing. */
export interface Observed {
  readonly perSecond?: number;
  readonly failures?: number;
  readonly medianMs?: number;
  readonly p99Ms?: number;
}

const defaults = { perSecond: 100, failures: 0.005, medianMs: 50, p99Ms: 250 };

const rate = (text: string): number | null => {
  const found = /^(\d+(?:\.\d+)?(?:e\d+)?)\/(s|m|h|d)$/.exec(text);
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[found?.[2] ?? ""] ?? NaN;
  const perSecond = Number(found?.[1]) / seconds;
  return perSecond > 0 ? perSecond : null;
};

const share = (text: string): number | null => {
  const found = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  const value = Number(found?.[1]) / (found?.[2] === "%" ? 100 : 1);
  return value > 0 && value < 1 ? value : null;
};

const ms = (text: string): number | null => {
  const found = /^(\d+(?:\.\d+)?)(us|ms|s)$/.exec(text);
  const value = Number(found?.[1]) * ({ us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? ""] ?? NaN);
  return value > 0 ? value : null;
};

const amount = (text: string): number | null => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : null;
};

const against =
  (read: (text: string) => number | null) =>
  (text: string): Against | null => {
    const times = /^x(\d+(?:\.\d+)?)$/.exec(text);
    if (times !== null) return Number(times[1]) > 0 ? { times: Number(times[1]) } : null;
    const is = read(text);
    return is === null ? null : { is };
  };

const words: Readonly<Record<string, readonly [key: keyof Said, read: (text: string) => unknown, form: string]>> = {
  traffic: ["perSecond", rate, "a rate such as 200/s or 5000/m"],
  "stable.failures": ["stableFailures", share, "a share such as 0.2%"],
  "stable.latency": ["stableMs", ms, "a time such as 20ms"],
  "stable.p99": ["stableP99Ms", ms, "a time such as 100ms"],
  "canary.failures": ["canaryFailures", against(share), "a share such as 1%, or x3 for three times stable's"],
  "canary.latency": ["canaryMs", against(ms), "a time such as 30ms, or x1.2 for 1.2 times stable's"],
  "canary.p99": ["canaryP99Ms", against(ms), "a time such as 200ms, or x2 for twice stable's"],
  "stable.mean": ["stableMean", amount, "an amount such as 400, in the metric's own unit"],
  "stable.spread": ["stableSpread", amount, "a standard deviation as a part of the mean, such as 0.8"],
  "canary.mean": ["canaryMean", against(amount), "an amount such as 500, or x1.4 for 1.4 times stable's"],
  "canary.from": ["fromMs", parseDuration, "a duration such as 10m"],
};

/** What can be said. */
export const assumable: readonly string[] = Object.keys(words);

/** Reads `key=value` words. Throws USAGE. */
export function readAssumptions(texts: readonly string[]): Said {
  const said: Record<string, unknown> = {};
  for (const text of texts) {
    const [key, value = ""] = text.split(/=(.*)/s, 2);
    const known = Object.hasOwn(words, key) ? words[key] : undefined;
    if (known === undefined) throw unknown(key);
    const [name, read, form] = known;
    if (said[name] !== undefined) throw new SerinError("USAGE", `${key} is said twice`);
    const meant = read(value.trim());
    if (meant === null) throw new SerinError("USAGE", `${key} takes ${form}, not "${value}"`);
    said[name] = meant;
  }
  return said;
}

const unknown = (key: string) =>
  new SerinError("USAGE", `there is nothing called "${key}" to assume; there are ${assumable.join(", ")}`, {
    details: { known: assumable },
  });

/** All of it, with a note for what nobody said. */
export interface Assumption {
  readonly assumed: Assumed;
  readonly said: Said;
  /** "traffic 200/s (measured)", "stable fails 0.5 % (nobody said)" */
  readonly notes: readonly string[];
}

/** Completes what was said by what was measured and by defaults. Throws USAGE where it does not fit together. */
export function assumptionOf(said: Said, measured: Observed = {}): Assumption {
  const notes: string[] = [];
  const take = (key: keyof Observed, value: number | undefined, note: (value: number) => string) => {
    if (value !== undefined) return value;
    const found = measured[key];
    notes.push(`${note(found ?? defaults[key])} (${found === undefined ? "a default" : "measured"})`);
    return found ?? defaults[key];
  };
  const perSecond = take("perSecond", said.perSecond, (v) => `traffic ${short(v)}/s`);
  const failures = take("failures", said.stableFailures, (v) => `stable fails ${short(v * 100)} %`);
  const medianMs = take("medianMs", said.stableMs, (v) => `stable's median ${short(v)} ms`);
  // a p99 that was measured or is usual belongs to a median of its own: its ratio is what is kept
  const usual = (measured.p99Ms ?? defaults.p99Ms) / (measured.medianMs ?? defaults.medianMs);
  const p99Ms = said.stableP99Ms ?? medianMs * usual;
  if (said.stableP99Ms === undefined)
    notes.push(`its p99 ${short(p99Ms)} ms (${measured.p99Ms ? "measured" : "a default"})`);
  const amounts = amountsOf(said);
  const stable = { failures, medianMs, sigma: sigmaOf(medianMs, p99Ms, "stable"), ...amounts?.stable };
  return {
    assumed: {
      perSecond,
      stable,
      canary: { ...canaryOf(said, stable, p99Ms), ...amounts?.canary },
      fromMs: said.fromMs ?? 0,
    },
    said,
    notes,
  };
}

function canaryOf(said: Said, stable: Behaviour, stableP99Ms: number): Behaviour {
  const failures = versus(said.canaryFailures, stable.failures);
  if (failures >= 1) throw new SerinError("USAGE", `canary.failures would be ${short(failures * 100)} %`);
  const medianMs = versus(said.canaryMs, stable.medianMs);
  const slower = medianMs / stable.medianMs;
  const p99Ms = said.canaryP99Ms === undefined ? stableP99Ms * slower : versus(said.canaryP99Ms, stableP99Ms);
  return { failures, medianMs, sigma: sigmaOf(medianMs, p99Ms, "canary") };
}

/** Amounts of both arms, where anything was said of them. */
function amountsOf({ stableMean, stableSpread, canaryMean }: Said) {
  if (stableMean === undefined && stableSpread === undefined && canaryMean === undefined) return null;
  const mean = stableMean ?? usualAmounts.mean;
  const usual = { mean, times: 1, spread: stableSpread ?? usualAmounts.spread };
  const own =
    canaryMean === undefined
      ? usual
      : "is" in canaryMean
        ? { ...usual, mean: canaryMean.is }
        : { ...usual, times: canaryMean.times };
  return { stable: { amounts: usual }, canary: { amounts: own } };
}

const versus = (against: Against | undefined, stable: number) => {
  if (against === undefined) return stable;
  return "is" in against ? against.is : against.times * stable;
};

/** Spread of the logarithm of a log-normal law with this median and p99. */
function sigmaOf(medianMs: number, p99Ms: number, arm: string): number {
  const sigma = Math.log(p99Ms / medianMs) / normalQuantile(0.99);
  if (sigma > 0) return sigma;
  throw new SerinError(
    "USAGE",
    `${arm}.p99 must be above the median of ${short(medianMs)} ms, found ${short(p99Ms)} ms`,
  );
}

const short = (x: number) => String(Number(x.toPrecision(4)));

export function truthOf({ perSecond, stable, canary, fromMs }: Assumed): Truth {
  return {
    rate: () => perSecond,
    stable: () => stable,
    canary: (second) => (second * 1000 < fromMs ? stable : canary),
  };
}

function amountsInWords(amounts: Amounting | undefined): string {
  if (amounts === undefined) return "";
  const { mean, times, spread } = amounts;
  const level =
    mean === null ? `a fifth of the range${times === 1 ? "" : ` times ${short(times)}`}` : short(mean * times);
  return `, amounts to ${level} on average (spread ${short(spread)})`;
}

/** One line: what is taken for true. */
export function assumptionInWords({ assumed, notes }: Assumption): string {
  const { perSecond, stable, canary, fromMs } = assumed;
  const arm = ({ failures, medianMs, sigma, amounts }: Behaviour) =>
    `fails ${short(failures * 100)} %, takes ${short(medianMs)} ms (p99 ${short(medianMs * Math.exp(sigma * normalQuantile(0.99)))} ms)${amountsInWords(amounts)}`;
  const late = fromMs === 0 ? "" : ` from ${formatDuration(fromMs)} on`;
  const defaulted = notes.length === 0 ? "" : `. Not said: ${notes.join(", ")}`;
  return `${short(perSecond)} requests a second; stable ${arm(stable)}; the canary ${arm(canary)}${late}${defaulted}.`;
}
