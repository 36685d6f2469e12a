import { expect, test } from "vitest";
import { evidence, finiteExp, lasting, latency, points, quantileName, rough, times, whole } from "./words.ts";

test.each<[string, string]>([
  [whole(15_444), "15,444"],
  [whole(999), "999"],
  [whole(1_234_567), "1,234,567"],
  [rough(33.94), "34"],
  [rough(3.42), "3.4"],
  [rough(0.0314), "0.031"],
  [rough(1500), "1,500"],
  [rough(Infinity), "very much"],
  [points(0.0492), "4.9 points"],
  [points(0.01), "1 point"],
  [points(-0.005), "-0.5 points"],
  [times(1.25), "1.25 times"],
  [latency(412_345), "412 ms"],
  [latency(1.5e6), "1.5 s"],
  [latency(80), "80 us"],
  [evidence(Math.log(100)), "100"],
  [evidence(Math.log(12.9)), "12"],
  [evidence(Math.log(2.55)), "2.5"],
  [evidence(-9), "under 0.1"],
  [evidence(500), "over a million"],
  [lasting(400), "1s"],
  [lasting(46_400), "46s"],
  [lasting(433_000), "7m13s"],
  [lasting(600_000), "10m"],
  [lasting(7_320_000), "2h2m"],
  [quantileName(0.5), "median"],
  [quantileName(0.99), "p99"],
  [quantileName(0.999), "p99.9"],
])("%s", (said, expected) => expect(said).toBe(expected));

test("evidence beyond what a double holds is told as the largest double", () => {
  expect(finiteExp(1e6)).toBe(Number.MAX_VALUE);
  expect(finiteExp(0)).toBe(1);
});
