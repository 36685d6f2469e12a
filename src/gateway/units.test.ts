import fc from "fast-check";
import { expect, test } from "vitest";
import { murmurString, type Lanes } from "./hash.ts";
import { Distinct, UnitTable } from "./units.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_501);
const lanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };

test("a table behaves like a map, through growth and clearing", () => {
  const word = fc.integer({ min: 0, max: 15 }).map((n) => (n * 0x11111111) >>> 0);
  const act = fc.oneof(
    { weight: 30, arbitrary: fc.tuple(word, word, fc.integer({ min: 1, max: 255 })) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
      const table = new UnitTable(1000, 4);
      const model = new Map<string, number>();
      for (const step of acts) {
        if (step === null) {
          table.clear();
          model.clear();
          continue;
        }
        const [a, b, flags] = step;
        const before = table.raise(table.slot(a, b), flags);
        expect(before).toBe(model.get(`${a},${b}`) ?? 0);
        model.set(`${a},${b}`, before | flags);
      }
      const listed = [...chunks(table.list())].map(([a, b, flags]) => [`${a},${b}`, flags] as const);
      expect(new Map(listed)).toEqual(model);
      for (const [key, flags] of model) {
        const [a, b] = key.split(",").map(Number);
        expect(table.find(a, b)).toBe(flags);
      }
    }),
    { seed, numRuns: 200 },
  );
});

function* chunks(listed: Uint32Array): Generator<readonly [number, number, number]> {
  for (let i = 0; i < listed.length; i += 3) yield [listed[i], listed[i + 1], listed[i + 2]];
}

test("a full table takes no more units and still finds those it has", () => {
  const table = new UnitTable(8);
  for (let i = 1; i <= 8; i++) table.raise(table.slot(i, i), i);
  expect(table.slot(9, 9)).toBe(-1);
  expect(table.size).toBe(8);
  expect(table.find(5, 5)).toBe(5);
});

test("ids built to collide fill one run and no more", () => {
  const table = new UnitTable(4096, 8192);
  const slots = Array.from({ length: 200 }, (_, i) => table.slot(0, i * 0x1000000));
  expect(slots.filter((slot) => slot >= 0).length).toBeGreaterThan(0);
  expect(slots.filter((slot) => slot < 0).length).toBeGreaterThan(0);
});

test.each([0, 1, 37, 50_000, 65_536])("%i different units are counted exactly", (units) => {
  const distinct = new Distinct();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < units; i++) {
      murmurString(`unit ${i}`, 1, lanes);
      distinct.add(lanes.h3, lanes.h4);
    }
  }
  expect(distinct.count()).toBe(units);
  expect(distinct.exact).toBe(true);
});

test.each([100, 3000, 70_000, 300_000])("beyond the bound %i units are estimated within 4 standard errors", (units) => {
  const distinct = new Distinct(64);
  for (let i = 0; i < units; i++) {
    murmurString(`visitor ${i}`, 9, lanes);
    distinct.add(lanes.h3, lanes.h4);
  }
  expect(distinct.exact).toBe(false);
  expect(Math.abs(distinct.count() / units - 1)).toBeLessThan(4 * 0.0081);
});
