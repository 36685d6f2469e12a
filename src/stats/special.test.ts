/** Against mpmath at 30 digits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SerinError } from "../errors.ts";
import {
  bisect,
  chiSquaredQuantile,
  gammaAbove,
  gammaBelow,
  gammaQuantile,
  inverseGaussianBelow,
  inverseGaussianQuantile,
  logChoose,
  logGamma,
  logNormalBelow,
  normalBelow,
  normalQuantile,
  poissonReaches,
} from "./special.ts";

function near(found: number, expected: number, relative = 1e-12) {
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected));
}

test.each([
  [1e-10, 23.0258509298827],
  [0.3, 1.09579799481808],
  [1.5, -0.120782237635245],
  [2.5, 0.284682870472919],
  [13.25, 20.6211954427016],
  [171.5, 709.143163030928],
  [100000.5, 1051293.46543514],
  [1e12, 26631021115915.652],
])("ln Gamma(%d)", (x, expected) => near(logGamma(x), expected, 1e-13));

test.each([
  [-36, 4.18262406579728e-284],
  [-20, 2.75362411860623e-89],
  [-8, 6.22096057427178e-16],
  [-3, 0.00134989803163009],
  [-1.5, 0.0668072012688581],
  [0, 0.5],
  [0.7, 0.758036347776927],
  [3, 0.99865010196837],
  [6, 0.999999999013412],
])("P(Z <= %d)", (z, expected) => near(normalBelow(z), expected));

test.each([
  [-300, -45006.6227321187],
  [-60, -1805.01356068057],
  [-38, -726.55721601882],
  [-37, -689.030585576891],
  [-36.9, -685.332883165351],
  [-20, -203.917155371097],
  [-1, -1.84102164500926],
  [2, -0.0230129093289635],
  [6, -9.86587645524376e-10],
  [9, -1.12858840595344e-19],
])("ln P(Z <= %d)", (z, expected) => near(logNormalBelow(z), expected));

test.each([
  [1e-300, -37.0470962993612],
  [1e-20, -9.26234008979841],
  [0.001, -3.09023230616781],
  [0.01, -2.32634787404084],
  [0.3, -0.524400512708041],
  [0.95, 1.64485362695147],
])("normal quantile at %d", (p, expected) => near(normalQuantile(p), expected));

test.each([
  [0.05, 1.5, 0.175923158874636],
  [0.05, 9, 4.69522754034449],
  [0.95, 0.5, 1.92072941034706],
  [0.999, 1176, 1284.82878472205],
  [0.000001, 3, 0.0182542829632793],
])("gamma quantile at %d, shape %d", (p, shape, expected) => near(gammaQuantile(p, shape), expected, 1e-9));

test("a Gamma tail on which another library is 1.3 % off", () => near(gammaAbove(1223.46, 1176.19), 0.0853506, 1e-6));

test("where a tail underflows, the other side is 1", () => {
  expect([gammaBelow(1e5, 20), gammaAbove(1e5, 20)]).toEqual([1, 0]);
  expect([gammaBelow(1e-300, 20), gammaAbove(1e-300, 20)]).toEqual([0, 1]);
  expect([normalBelow(40), normalBelow(-40)]).toEqual([1, 0]);
});

test("chi-squared with 2 degrees is exponential", () => near(chiSquaredQuantile(0.95, 2), -2 * Math.log(0.05), 1e-11));

test("every quantile, put back, gives its probability", () =>
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
      fc.double({ min: 0.1, max: 1e4, noNaN: true }),
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      (p, shape, mean) => {
        near(normalBelow(normalQuantile(p)), p, 1e-9);
        near(gammaBelow(gammaQuantile(p, shape), shape), p, 1e-9);
        near(inverseGaussianBelow(inverseGaussianQuantile(p, mean, shape), mean, shape), p, 1e-6);
      },
    ),
  ));

test("Poisson's tail is a Gamma probability", () =>
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 3000, noNaN: true }), fc.integer({ min: 1, max: 500 }), (mean, k) => {
      const expected = gammaBelow(mean, k);
      if (expected > 1e-290) near(poissonReaches(mean, k)[k], expected, 1e-7);
    }),
  ));

test("choosing", () => {
  expect(logChoose(10, 0)).toBe(0);
  expect(logChoose(10, 10)).toBe(0);
  near(logChoose(52, 5), Math.log(2598960));
});

test("bisection ends at a double's precision", () =>
  near(
    bisect((x) => x * x - 2, 0, 2),
    Math.SQRT2,
    1e-15,
  ));

test.each([
  () => logGamma(0),
  () => logGamma(Number.NaN),
  () => normalQuantile(0),
  () => normalQuantile(1),
  () => gammaQuantile(0.5, -1),
  () => gammaBelow(-1, 2),
  () => inverseGaussianBelow(1, 0, 1),
  () => poissonReaches(0, 3),
])("what cannot be computed is refused by name: %s", (call) => {
  expect(call).toThrow(SerinError);
  expect(call).toThrow(/must be/);
});
