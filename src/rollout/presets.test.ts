import { expect, test } from "vitest";
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
  expect(presets.conversion.gate.failures.margin).toEqual({ points: 0.02 });
  expect(presets.sessions.gate.failures.margin).toEqual({ points: 0.3 });
});
