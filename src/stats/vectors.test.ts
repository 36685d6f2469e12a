/** Published and independently computed values (test/vectors/statistics.json) that the mathematics must reproduce. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { information, leastUnits, waldDistance } from "./bounds.ts";
import { logBlockRatio, pointsBet } from "./blocks.ts";
import { boostEvent, logBoosted, logPlain, startBoosted } from "./boost.ts";
import { logConditionalEvidence } from "./counts.ts";
import { nativeGrowth } from "./buckets.ts";
import { geometricDesignEffect } from "./dispersion.ts";
import type { Block } from "./inputs.ts";
import { lowerRatio } from "./interval.ts";
import { discoveries } from "./merge.ts";
import { logStudentFactor, signEvidence, studentEvidence } from "./series.ts";
import { logRatioSafety } from "./safety.ts";
import { logSplitOdds, splitPValue } from "./sample-ratio.ts";
import { nearestRatioNull } from "./nulls.ts";
import { normalBelow, normalQuantile, logChoose } from "./special.ts";
import { closedForm, stoppingLaw, timeToNotice } from "./stopping.ts";

interface Vector {
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each vector has its own shape
  readonly inputs: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly expected: any;
  readonly relTol: number;
}

const file = new URL("../../test/vectors/statistics.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: readonly Vector[] };

/** Methods of others that Serin compares itself with in documents but does not contain. */
const notContained = new Set([
  "safestats-balanced",
  "safestats-10blocks",
  "confseq-two-sided-normal",
  "confseq-beta-binomial-two",
  "confseq-gamma-poisson",
  "confseq-poly-stitching",
  "confseq-bernoulli-15-50",
  "dkw-lil-0.05",
  "dkw-lil-0.005",
  "confseq-quantile-ab",
  "asympcs-rho2",
  "asympcs-lil",
  "avlm-z-radius",
  "betting-first-lambda",
  "empirical-bernstein-lower",
  "gs-obf-5",
  "gs-hsd4-5",
  "maxsprt-poisson-T1",
  "fixed-n-.001-.005",
  "fixed-n-.01-.02",
  "exact-hypergeometric",
]);
/** Belong to the Kayenta-compatible judge and are tested there. */
const kayenta = new Set(["kayenta-mw-small", "mw-statistic-ties"]);

type Numbers = Readonly<Record<string, number | readonly number[]>>;

const asBlock = ([n, n0, bad, bad0]: readonly number[]): Block => ({ n, n0, bad, bad0 });

const bound = ({ inputs: i }: Vector): Numbers => {
  const truth = { theta: i.thetaCanary, theta0: i.thetaBaseline, share: i.canaryShare };
  const { nullReference, perUnit, known } = information(truth, { ratio: i.ratioMargin });
  return {
    nullPointBaseline: nullReference,
    klPerCanaryRequest: perUnit,
    klKnownBaseline: known,
    minCanaryRequests: leastUnits(truth, { ratio: i.ratioMargin }, i.alpha, i.beta),
    minCanaryRequestsKnownBaseline: waldDistance(i.alpha, i.beta) / known,
  };
};

const counts = ({ inputs: i }: Vector): Numbers => {
  const logE = logConditionalEvidence(i.ticks.map(asBlock), i.rho0, i.grid);
  return { logE, e: Math.exp(logE) };
};

const boost = ({ inputs: i }: Vector): Numbers => {
  let state = startBoosted(i.grid);
  const [plain, boosted]: number[][] = [[], []];
  for (const event of i.events) {
    state = boostEvent(state, event === 1, i.share, i.alpha, i.grid);
    plain.push(Math.exp(logPlain(state)));
    boosted.push(Math.exp(logBoosted(state)));
  }
  return { plain, boosted };
};

const noninferiority = ({ inputs: i }: Vector): Numbers => {
  const block = { n: i.nc, n0: i.nb, bad: i.yc, bad0: i.yb };
  const logE = logRatioSafety(block, i.altCanary, i.altBaseline, i.rho1);
  const nullBaseline = nearestRatioNull(i.altCanary, i.altBaseline, i.nc / (i.nc + i.nb), i.rho1);
  return { logE, e: Math.exp(logE), nullBaseline, nullCanary: i.rho1 * nullBaseline };
};

/** E[factor] of one bet of the conditional form, by going through all outcomes of Bernoulli units. */
const expectation = ({ inputs: i }: Vector): Numbers => {
  const chance = (n: number, k: number, p: number) =>
    Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let bad = 0; bad <= i.nc; bad++)
    for (let bad0 = 0; bad0 <= i.nb; bad0++) {
      const logE = logConditionalEvidence([{ n: i.nc, n0: i.nb, bad, bad0 }], i.ratioMargin, [3]);
      sum += chance(i.nc, bad, i.thetaCanary) * chance(i.nb, bad0, i.thetaBaseline) * Math.exp(logE);
    }
  return { expectation: sum };
};

const planning = ({ inputs: i }: Vector): Numbers => {
  const question = {
    perSecond: i.requestsPerSecond,
    share: i.share,
    theta: i.thetaCanary,
    theta0: i.thetaBaseline,
    margin: 1,
    alpha: i.alpha,
  };
  const exact = timeToNotice(question, i.power);
  const closed = closedForm(question, i.power);
  return {
    bound_s: exact.boundSeconds,
    mean_s: exact.meanSeconds,
    q95_s: exact.seconds,
    canary_req_q95: exact.units,
    failed_q95: exact.failures,
    excess_failed_q95: exact.extraFailures,
    k95: exact.events,
    ig_mean: closed.meanSeconds,
    ig_q95: closed.seconds,
  };
};

const computed: Record<string, (vector: Vector) => Numbers> = {
  "bound-d": ({ inputs: i }) => ({ d_nats: waldDistance(i.alpha, i.beta), log1alpha: waldDistance(i.alpha, 0) }),
  "bound-two-arm-2": bound,
  "bound-two-arm-4": bound,
  "bound-two-arm-6": bound,
  "eproc-1tick": counts,
  "eproc-ramp-changing-share": counts,
  "eproc-no-errors-is-1": counts,
  "eproc-interval": ({ inputs: i }) => ({ lowerRatio: lowerRatio(i.ticks.map(asBlock), i.alpha, i.grid) }),
  "eproc-boost": boost,
  "bernoulli-ripr-absolute": ({ inputs: i }) => {
    const w = i.nc / (i.nc + i.nb);
    const bet = pointsBet(i.nullBaseline, w, i.absMargin, i.h);
    const block = { n: i.nc, n0: i.nb, bad: i.yc, bad0: i.yb };
    const null_ = { theta: i.nullBaseline + i.absMargin, theta0: i.nullBaseline };
    return { altCanary: bet.theta, altBaseline: bet.theta0, e: Math.exp(logBlockRatio(block, bet, null_)) };
  },
  "dp-false-alarm-60-events": ({ inputs: i }) => {
    const law = stoppingLaw(i.share, i.share, 1, i.alpha, i.events, i.grid);
    return { probFalseAlarm: 1 - law.never, probAlarmByEvent3: law.at[1] + law.at[2] + law.at[3] };
  },
  "noninferiority-ratio2": noninferiority,
  "evariable-expectation": expectation,
  "lindon-malek-1": ({ inputs: i }) => split(i),
  "lindon-malek-3": ({ inputs: i }) => split(i),
  "sign-eprocess": ({ inputs: i }) => ({ e: Math.exp(signEvidence(i.positive, i.nonPositive)) }),
  "t-eprocess": ({ inputs: i }) => {
    const { tSquared, log } = studentEvidence(i.d, i.g);
    return { t2: tSquared, logE: log };
  },
  "avlm-t-eprocess": ({ inputs: i }) => {
    const log = logStudentFactor(i.t ** 2, i.nu, i.n, i.g);
    return { logE: log, p: Math.exp(-log) };
  },
  "e-bh": ({ inputs: i }) => ({ rejections: discoveries(i.e.map(Math.log), i.alpha).length }),
  "plan-200-0.002-0.006": planning,
  "plan-1000-0.005-0.01": planning,
  "lognormal-shift-exceedance": ({ inputs: i }) => ({
    exceedance: i.factor.map((f: number) => normalBelow(Math.log(f) / i.sigma - normalQuantile(i.quantile))),
  }),
  "native-histogram": ({ inputs: i }) => {
    const growth: number[] = i.schema.map(nativeGrowth);
    // of a value reported as the harmonic mean of its bucket's bounds
    return { growth, relError: growth.map((g) => (g - 1) / (g + 1)) };
  },
  "geometric-burst-design-effect": ({ inputs: i }) => ({ designEffect: geometricDesignEffect(i.meanBurst) }),
};

function split(i: Vector["inputs"]): Numbers {
  const logOdds = logSplitOdds(i.counts, i.theta0, i.k);
  return { logOdds, pValue: splitPValue(logOdds) };
}

test("every vector is computed, belongs to the Kayenta judge, or is listed as not contained", () => {
  const known = new Set([...Object.keys(computed), ...notContained, ...kayenta]);
  expect(vectors.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
  expect([...known].filter((id) => !vectors.some((vector) => vector.id === id))).toEqual([]);
});

for (const vector of vectors.filter(({ id }) => id in computed)) {
  test(`vector ${vector.id}`, () => {
    const found = computed[vector.id](vector);
    expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(vector.expected)));
    for (const [name, expected] of Object.entries<number | readonly number[]>(vector.expected)) {
      const [want, have] = [[expected].flat(), [found[name]].flat()];
      expect(have).toHaveLength(want.length);
      want.forEach((value, i) =>
        expect(Math.abs(have[i] - value), `${name}: ${have[i]} for ${value}`).toBeLessThanOrEqual(
          vector.relTol * Math.abs(value),
        ),
      );
    }
  });
}
