import { expect, test } from "vitest";
import { RATIOS, RATIO_WEIGHTS, scoreConditional } from "./counts.ts";
import { logWeightedSum } from "./logs.ts";
import { noticedAlong } from "./ramp.ts";
import { poisson, seeded } from "./random.ts";
import { stoppingLaw } from "./stopping.ts";

const rates = { theta: 0.02, theta0: 0.005 };
const test1 = { margin: 1.25, alpha: 0.005, weights: RATIO_WEIGHTS };

test("one leg is the exact law of stopping", () => {
  const [share, units] = [0.05, 20_000];
  const rate = share * rates.theta + (1 - share) * rates.theta0;
  const events = Math.round(units * rate);
  const law = stoppingLaw((share * rates.theta) / rate, share, 1.25, 0.005, events, RATIOS, RATIO_WEIGHTS);
  expect(noticedAlong([{ share, units }], rates, test1)[0]).toBeCloseTo(1 - law.never, 10);
});

test("a leg may be cut in two", () => {
  const whole = noticedAlong([{ share: 0.1, units: 12_000 }], rates, test1);
  const cut = noticedAlong(
    Array.from({ length: 2 }, () => ({ share: 0.1, units: 6000 })),
    rates,
    test1,
  );
  expect(cut[1]).toBeCloseTo(whole[0], 10);
  expect(cut[0]).toBeLessThan(cut[1]);
});

test("along a ramp it is what a simulation of the evidence finds, within its error", () => {
  const legs = [
    { share: 0.01, units: 20_000 },
    { share: 0.05, units: 12_000 },
    { share: 0.25, units: 4000 },
  ];
  const random = seeded(3);
  const runs = 2000;
  const found = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const logs = RATIOS.map(() => 0);
    let noticed = false;
    for (const [i, { share, units }] of legs.entries()) {
      // event by event, as the law has it
      for (let block = 0; block < 400 && !noticed; block++) {
        // failures of a Poisson stream are one themselves
        const bad = poisson(random, ((units * share) / 400) * rates.theta);
        const bad0 = poisson(random, ((units * (1 - share)) / 400) * rates.theta0);
        if (bad + bad0 === 0) continue;
        scoreConditional(logs, { n: units * share * 1000, n0: units * (1 - share) * 1000, bad, bad0 }, 1.25);
        noticed = logWeightedSum(logs, RATIO_WEIGHTS) >= -Math.log(0.005);
      }
      if (noticed) found[i]++;
    }
  }
  const law = noticedAlong(legs, rates, test1);
  for (const [i, p] of law.entries())
    expect(Math.abs(found[i] / runs - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / runs) + 0.01);
});
