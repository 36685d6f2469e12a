import { expect, test } from "vitest";
import { ALARM, amounts, promised, where } from "../../test/analysis/made.ts";
import { fold, initialEvidence, judge } from "../analysis/evidence.ts";
import type { MeanGate } from "../analysis/metric.ts";
import { sourceSchema } from "../metrics/index.ts";
import { presetNames, presetOf, presets, tiers } from "./presets.ts";
import { gateSchema } from "./spec.ts";

const gate = gateSchema(sourceSchema);
const prometheus = { prometheus: { address: "http://127.0.0.1:9090", value: "vector(0)" } };

test("there are some of every tier", () => {
  expect(new Set(presetNames.map((name) => presetOf(name).tier))).toEqual(new Set(tiers));
});

test.each(presetNames)("%s is what it would be written out", (name) => {
  const { source, gate: kind } = presetOf(name);
  const own = source === null ? { source: prometheus } : {};
  const written = { name, ...(source ? { source } : {}), ...own, ...kind };
  expect(gate.parse({ preset: name, ...own })).toEqual(gate.parse(written));
});

test("its name, weight and source can be said", () => {
  const source = { events: { outcome: { name: "sql" } } };
  const said = gate.parse({ preset: "database", name: "sql", weight: 3, dryRun: true, source });
  expect(said).toMatchObject({ name: "sql", weight: 3, dryRun: true, kind: "failures", source });
});

test.each([
  [{ preset: "restarts" }, "the preset restarts needs a source"],
  [{ preset: "errors", failures: {} }, "expected exactly one of"],
  [{ failures: {} }, `"name" is missing`],
  [{ preset: "speed" }, "Invalid option"],
])("%j is refused", (written, words) => {
  const found = gate.safeParse(written);
  expect(found.success).toBe(false);
  expect(found.error?.issues[0].message).toContain(words);
});

test("what is said of the fixed numbers is so", () => {
  expect(presets.delivery.gate.threshold).toMatchObject({ min: 0.985, failures: 3 });
  expect(presets["conversion-points"].gate.failures.margin).toEqual({ points: 0.02 });
  expect(gate.parse({ preset: "conversion" })).toMatchObject({
    kind: "mean",
    mean: { worse: "lower", cap: 1, margin: { ratio: 0.98 } },
  });
  expect(gate.parse({ preset: "sessions" })).toMatchObject({ mean: { margin: { ratio: 0.7 } } });
  expect(gate.parse({ preset: "quality-pairs" })).toMatchObject({ mean: { pairs: true, margin: { amount: 0.02 } } });
});

test("a conversion that is 2 % lower than stable's is meant in relation to it", () => {
  const conversion = gate.parse({ preset: "conversion" }) as MeanGate;
  const visitors = (n: number, orders: number) => Array.from({ length: n }, (_, i) => (i < orders ? 1 : 0));
  const after = (orders: number) => {
    const ticks = Array.from({ length: 200 }, () => ({ stable: visitors(1000, 300), canary: visitors(1000, orders) }));
    const evidence = fold(conversion, initialEvidence(conversion), amounts(conversion, ticks), where, ALARM);
    return judge(conversion, evidence, promised, 1);
  };
  // 2 points of 30 % are 6.7 % of it; 0.3 points are 1 %
  expect(after(280).verdict).toBe("fail");
  expect(after(297).verdict).toBe("pass");
});
