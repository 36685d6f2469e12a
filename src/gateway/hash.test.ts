import { expect, test } from "vitest";
import { HASHED_MAX, murmur128, murmurString, type Lanes } from "./hash.ts";

const lanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };

test("agrees with the reference implementation: SMHasher's verification value", () => {
  // Hash {}, {0}, {0,1}, ... with seeds 256, 255, ...; then hash the 256 results with seed 0.
  const key = Uint8Array.from({ length: 256 }, (_, i) => i);
  const all = new Uint8Array(256 * 16);
  const view = new DataView(all.buffer);
  for (let i = 0; i < 256; i++) {
    murmur128(key, i, 256 - i, lanes);
    [lanes.h1, lanes.h2, lanes.h3, lanes.h4].forEach((h, j) => view.setInt32(i * 16 + j * 4, h, true));
  }
  murmur128(all, all.length, 0, lanes);
  expect((lanes.h1 >>> 0).toString(16)).toBe("b3ece62a");
});

test("a string hashes as its bytes do", () => {
  const bytes = new TextEncoder().encode("the quick brown fox");
  murmur128(bytes, bytes.length, 7, lanes);
  const expected = { ...lanes };
  murmurString("the quick brown fox", 7, lanes);
  expect(lanes).toEqual(expected);
});

test("only the first characters of an over-long unit are hashed", () => {
  murmurString("x".repeat(HASHED_MAX), 1, lanes);
  const expected = { ...lanes };
  murmurString(`${"x".repeat(HASHED_MAX)}tail`, 1, lanes);
  expect(lanes).toEqual(expected);
});
