import { expect, test } from "vitest";
import { binomial, geometric, poisson, seeded, type Random } from "../stats/random.ts";
import { foldStrip, judgeStrip, startStrip, type Strip } from "./strip.ts";

const SLICES = 19;

function strip(seed: number, seconds: number, bad: (random: Random, n: number) => number, phi = 1): Strip {
  const random = seeded(seed);
  let folded = startStrip(SLICES);
  for (let k = 0; k < seconds; k++) {
    const slices = Array.from({ length: SLICES }, () => {
      const n = poisson(random, 50);
      return { n, bad: Math.min(n, bad(random, n)) };
    });
    folded = foldStrip(folded, slices, phi);
  }
  return folded;
}
const independent = (random: Random, n: number) => binomial(random, n, 0.01);
/** Clients that fail five times on average. */
function clustered(random: Random, n: number): number {
  let sum = 0;
  for (let clients = poisson(random, n * 0.002); clients > 0; clients--) sum += geometric(random, 0.2);
  return sum;
}

test("independent units: of 100 strips two are void at most, and one slice of each has crossed at most", () => {
  const judged = Array.from({ length: 150 }, (_, seed) => judgeStrip(strip(seed, 400, independent), "units"));
  // 2 % as simulated over hours, and three standard errors
  expect(judged.filter(({ ground }) => ground !== "valid").length).toBeLessThanOrEqual(8);
  expect(judged.reduce((sum, { crossed }) => sum + crossed, 0) / judged.length).toBeLessThanOrEqual(0.95);
});

test("tempered evidence is tried as tempered: what hangs together in a known measure is no surprise", () => {
  const plain = judgeStrip(strip(7, 400, clustered), "requests");
  expect(judgeStrip(strip(7, 400, clustered, 9), "requests")).toMatchObject({ ground: "valid", phi: plain.phi });
});

test("requests that hang together are noticed, and measured", () => {
  const ground = judgeStrip(strip(7, 400, clustered), "requests");
  expect(ground.ground).toBe("clustered");
  expect(ground.crossed).toBeGreaterThan(2);
  expect(ground.phi).toBeGreaterThan(3);
  expect(ground.phiUpper).toBeGreaterThan(ground.phi);
  expect(ground.reason).toMatch(
    /^requests hang together, count people instead: \d+ of 19 slices of stable look harmful against the rest, 0.95 expected at most$/,
  );
  expect(judgeStrip(strip(7, 400, clustered), "units").ground).toBe("void");
});

test("it is JSON of constant size, and a slice that has crossed stays counted", () => {
  const folded = strip(3, 2000, clustered);
  expect(JSON.stringify(folded).length).toBeLessThan(4096);
  const later = foldStrip(
    folded,
    Array.from({ length: SLICES }, () => ({ n: 50, bad: 0 })),
  );
  expect(judgeStrip(later, "units").crossed).toBe(judgeStrip(folded, "units").crossed);
  expect(judgeStrip(startStrip(SLICES), "units")).toMatchObject({ ground: "valid", crossed: 0, phi: 1 });
});

test("what cannot be slices is refused by name", () => {
  expect(() => startStrip(1)).toThrow(/slices must be/);
  expect(() => foldStrip(startStrip(2), [{ n: 1, bad: 0 }])).toThrow(/2 slices expected/);
  expect(() =>
    foldStrip(startStrip(2), [
      { n: 1, bad: 2 },
      { n: 1, bad: 0 },
    ]),
  ).toThrow(/bad must be/);
});
