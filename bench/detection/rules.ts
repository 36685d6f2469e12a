/**
 * Who decides, and how: Serin's gate itself, and models of what others publish. Each is told tick after tick and says
 * when it takes the release back. Peers are given Serin's error rate of 1 % where they have one.
 */
import { alarms, enterStage, fold, initialEvidence, mergeHarm, type Evidence } from "../../src/analysis/evidence.ts";
import { judgeCanary } from "../../src/analysis/kayenta/judge.ts";
import type { FailuresGate } from "../../src/analysis/metric.ts";
import { binomial, seeded } from "../../src/stats/random.ts";
import { normalQuantile } from "../../src/stats/special.ts";
import type { Tick } from "./worlds.ts";

export const ALPHA = 0.01;
const promised = { falseRollback: ALPHA, falsePromotion: ALPHA };

/** One release under a rule. Told the ticks of `seconds` from `t` on, it says whether it rolls back. */
export interface Watch {
  see(ticks: readonly Tick[], t: number): boolean;
}

export interface Rule {
  readonly name: string;
  /** Seconds from look to look; 0 for every tick. */
  readonly every: number;
  begin(tickMs: number, seed: number): Watch;
}

function gateOf(margin: number): FailuresGate {
  return {
    name: "failures",
    weight: 1,
    dryRun: false,
    source: { gateway: {} },
    kind: "failures",
    failures: { of: ["5xx"], count: "units", margin: { ratio: margin }, limit: { ratio: 2, points: 0.005 } },
  };
}

const START = 1_800_000_000_000;

/** The gate as it runs, with the whole budget and its usual stakes on late faults. `boosted` false: plain evidence. */
export function serin(margin: number, boosted = true): Rule {
  const gate = gateOf(margin);
  const alarm = boosted ? alarms([gate], promised)[gate.name] : Infinity;
  const where = { stagePlan: 0, stageAt: START, startedAt: START, plannedMs: 3_600_000, stages: 1, stage: 0 };
  return {
    name: `Serin, margin ${margin}${boosted ? "" : ", plain"}`,
    every: 0,
    begin(tickMs) {
      let evidence: Evidence = enterStage(gate, initialEvidence(gate), where, alarm);
      return {
        see(ticks, t) {
          const counted = ticks.map(({ n, bad, n0, bad0, plan }, k) => ({
            at: START + t * 1000 + k * tickMs,
            plan,
            canary: { n, bad },
            stable: { n: n0, bad: bad0 },
          }));
          const window = { from: START + t * 1000, to: START + t * 1000 + ticks.length * tickMs };
          evidence = fold(gate, evidence, { kind: "counts", window, ticks: counted }, where, alarm);
          return mergeHarm([gate], { failures: evidence }, promised).rollback;
        },
      };
    },
  };
}

/** Requests so far, as most rules pool them. */
class Totals {
  n = 0;
  bad = 0;
  n0 = 0;
  bad0 = 0;

  add(ticks: readonly Tick[]): void {
    for (const tick of ticks) {
      this.n += tick.n;
      this.bad += tick.badRequests;
      this.n0 += tick.n0;
      this.bad0 += tick.badRequests0;
    }
  }

  get difference(): number {
    return this.bad / this.n - this.bad0 / this.n0;
  }

  /** Of the difference, arms not pooled. */
  get deviation(): number {
    const [p, p0] = [this.bad / this.n, this.bad0 / this.n0];
    return Math.sqrt((p * (1 - p)) / this.n + (p0 * (1 - p0)) / this.n0);
  }
}

function cumulative(name: string, every: number, says: (totals: Totals) => boolean): Rule {
  return {
    name,
    every,
    begin() {
      const totals = new Totals();
      return {
        see(ticks) {
          totals.add(ticks);
          return totals.n > 0 && totals.n0 > 0 && says(totals);
        },
      };
    },
  };
}

/** A pooled one-sided z test at 1 %, looked at again and again. */
export const peeking = (every: number): Rule =>
  cumulative(`p < 0.01 every ${every} s`, every, (totals) => {
    const pooled = (totals.bad + totals.bad0) / (totals.n + totals.n0);
    const s = Math.sqrt(pooled * (1 - pooled) * (1 / totals.n + 1 / totals.n0));
    return s > 0 && totals.difference > normalQuantile(1 - ALPHA) * s;
  });

/** GrowthBook's one-sided confidence sequence, tuned to 5,000 units as is its default. */
export const growthBook: Rule = cumulative("GrowthBook's formula, every 60 s", 60, (totals) => {
  const tuned = 5000;
  const rho2 = (-2 * Math.log(2 * ALPHA) + Math.log(1 - 2 * Math.log(2 * ALPHA))) / tuned;
  const n = totals.n + totals.n0;
  const v = n * rho2 + 1;
  const width = Math.sqrt(((2 * v) / (n * rho2)) * Math.log(1 + Math.sqrt(v) / (2 * ALPHA)));
  return totals.deviation > 0 && totals.difference > totals.deviation * width;
});

/** Statsig's mixture, whose variance falls with the total sample. */
export const statsig: Rule = cumulative("Statsig's formula, every 60 s", 60, (totals) => {
  const v = 1 / totals.n + 1 / totals.n0;
  const tau = (2 * normalQuantile(1 - ALPHA) ** 2) / (totals.n + totals.n0);
  const width = Math.sqrt(((v + tau) / tau) * (-2 * Math.log(ALPHA) - Math.log(v / (v + tau))));
  return totals.deviation > 0 && totals.difference > totals.deviation * width;
});

/** A fixed limit on the canary alone, checked each minute; rolls back at the (`failures` + `late`)-th look that counts. */
function limit(name: string, highest: number, failures: number, late: number): Rule {
  return {
    name,
    every: 60,
    begin() {
      let [failed, after] = [0, 0];
      return {
        see(ticks) {
          if (failed >= failures) return ++after >= late;
          const totals = new Totals();
          totals.add(ticks);
          // no data is a failed check, too
          if (totals.n === 0 || totals.bad / totals.n > highest) failed++;
          return failed >= failures && late === 0;
        },
      };
    },
  };
}

/** Success rate of at least 99 % over the last minute; five failed checks roll back at the next tick. */
export const flagger: Rule = limit("Flagger's rule, 99 %, 5 checks of 1 min", 0.01, 5, 1);
/** The sample of Argo's documentation: at least 95 %, the fourth failed check aborts. */
export const fixedLimit: Rule = limit("fixed limit of 95 %, 4 checks of 1 min", 0.05, 4, 0);

/**
 * Kayenta's judge, the one in this repository, every ten minutes on all minutes so far: percent of failures by
 * minute, the baseline as large as the canary (drawn from stable), as its documentation asks for.
 */
export const kayenta: Rule = {
  name: "Kayenta's judge, every 10 min",
  every: 600,
  begin(tickMs, seed) {
    const random = seeded(seed + 1_000_003);
    const [experiment, control]: [number[], number[]] = [[], []];
    const perMinute = 60_000 / tickMs;
    return {
      see(ticks) {
        for (let from = 0; from < ticks.length; from += perMinute) {
          const minute = new Totals();
          minute.add(ticks.slice(from, from + perMinute));
          if (minute.n === 0) continue;
          experiment.push((100 * minute.bad) / minute.n);
          control.push((100 * binomial(random, minute.n, minute.bad0 / Math.max(1, minute.n0))) / minute.n);
        }
        return judgedHigh(experiment, control);
      },
    };
  },
};

function judgedHigh(experiment: readonly number[], control: readonly number[]): boolean {
  const name = "failures";
  const result = judgeCanary({
    canaryConfig: {
      metrics: [{ name, groups: ["all"], query: {}, analysisConfigurations: { canary: { direction: "increase" } } }],
      classifier: { groupWeights: { all: 100 } },
    },
    scoreThresholds: { pass: 95, marginal: 75 },
    metricSetPairList: [{ name, id: name, tags: {}, values: { experiment, control } }],
  });
  return result.score.classification === "Fail";
}

/** As the tables list them. */
export const rules: readonly Rule[] = [
  serin(1),
  serin(1.25),
  flagger,
  kayenta,
  fixedLimit,
  peeking(60),
  peeking(10),
  growthBook,
  statsig,
];
