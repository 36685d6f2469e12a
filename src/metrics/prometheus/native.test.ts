import { describe, expect, test } from "vitest";
import { minusNative, nativeBounds, nativeBucketsOf, type Native } from "./native.ts";

const g = 2 ** 0.125;
const bucket = (i: number, count: number) => ({ lower: 2 ** ((i - 1) / 8), upper: 2 ** (i / 8), count });

describe("native histograms", () => {
  test("are differenced bucket by bucket", () => {
    expect(minusNative([bucket(1, 5), bucket(2, 3)], [bucket(1, 4)])).toEqual([bucket(1, 1), bucket(2, 3)]);
  });

  test("began anew when a bucket has fewer, or is not there any more", () => {
    expect(minusNative([bucket(1, 3)], [bucket(1, 4)])).toBeNull();
    expect(minusNative([bucket(1, 9)], [bucket(2, 1)])).toBeNull();
  });

  test("go on when their resolution is halved, or the zero bucket takes in its neighbours", () => {
    const coarse = { lower: 1, upper: g ** 2, count: 10 };
    expect(minusNative([coarse], [bucket(1, 4), bucket(2, 5)])).toEqual([{ ...coarse, count: 1 }]);
    const zero = { lower: 0, upper: 1.5, count: 7 };
    expect(minusNative([zero], [{ lower: 0, upper: 1e-128, count: 2 }, bucket(1, 4)])).toEqual([{ ...zero, count: 1 }]);
  });

  test("come to buckets in microseconds, with edges on both sides of what is counted", () => {
    const native: Native = [
      { lower: 0, upper: 1e-6, count: 2 },
      { lower: 0.25, upper: 0.5, count: 3 },
      { lower: 2, upper: Infinity, count: 1 },
    ];
    expect(nativeBucketsOf(native, 1)).toEqual({ bounds: [1, 250_000, 500_000, 2_000_000], counts: [2, 0, 3, 0, 1] });
    expect(nativeBucketsOf(native, 1e-3).bounds).toEqual([0.001, 250, 500, 2000]);
  });

  test("have the edges of the coarsest of them, as far as latencies go", () => {
    const bounds = nativeBounds([[bucket(1, 1)], [{ lower: 1, upper: 2, count: 1 }]], 1);
    expect(bounds).toHaveLength(22);
    expect(bounds[0]).toBeCloseTo(61.035, 2);
    expect(bounds[14]).toBe(1e6);
    expect(bounds[21]).toBe(128e6);
  });

  test("a half of a request is none", () => {
    expect(() => nativeBucketsOf([bucket(1, 0.5)], 1)).toThrow("what is counted is whole");
  });
});
