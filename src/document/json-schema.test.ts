/** The JSON Schema says what the parser does, as far as JSON Schema can. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SerinError } from "../errors.ts";
import { notifierNames } from "../notifiers/index.ts";
import { documents } from "../../test/document/arbitrary.ts";
import { documentSchema, readDocument, type Problem } from "./index.ts";
import type { SchemaNode } from "./json-schema.ts";

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
addFormats.default(ajv);
const schema = documentSchema() as SchemaNode & Record<string, unknown>;
const fits = ajv.compile(schema);

/** Every node below, with its path and whether it is a field (and not an item or an alternative). */
function* nodes(node: SchemaNode, path = ""): Generator<{ path: string; node: SchemaNode; field: boolean }> {
  yield { path, node, field: !/(\[\]|\||\*)$/.test(path) };
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* nodes(child, `${path}.${key}`);
  if (node.items !== undefined) yield* nodes(node.items, `${path}[]`);
  if (typeof node.additionalProperties === "object") yield* nodes(node.additionalProperties, `${path}.*`);
  for (const branch of node.anyOf ?? []) if (branch.type !== undefined) yield* nodes(branch, `${path}|`);
}
const all = [...nodes(schema)];

test("it is JSON Schema 2020-12 with an id and a title", () => {
  expect(ajv.validateSchema(schema)).toBe(true);
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://serin.dev/schema/v1alpha1/rollout.schema.json",
    title: "Rollout",
  });
});

test("every field is described, and no mapping takes unknown keys", () => {
  expect(all.filter(({ node, field }) => field && !node.description).map(({ path }) => path)).toEqual([]);
  const open = all.filter(({ node }) => node.properties !== undefined && node.additionalProperties !== false);
  expect(open.map(({ path }) => path)).toEqual([]);
});

test("every default and every example fits where it stands", () => {
  const wrong = all.flatMap(({ path, node }) =>
    [...(node.default === undefined ? [] : [node.default]), ...(node.examples ?? [])]
      .filter((value) => !ajv.compile(node)(value))
      .map((value) => `${path}: ${JSON.stringify(value)}`),
  );
  expect(wrong).toEqual([]);
});

test("what the parser reads fits", () => {
  fc.assert(
    fc.property(documents, (document) => {
      expect(fits(document), JSON.stringify(fits.errors)).toBe(true);
      readDocument(JSON.stringify(document), "f");
    }),
    { numRuns: 200 },
  );
});

const base = {
  apiVersion: "serin.dev/v1alpha1",
  kind: "Rollout",
  metadata: { name: "shop" },
  spec: {
    stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
  },
};

/** The base with one thing set, e.g. `["spec", "stable", "revision"]` to 7; undefined takes it out. */
function changed(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(base) as Record<string, unknown>;
  const last = path.slice(0, -1).reduce((part, key) => (part[key] ??= {}) as Record<string, unknown>, copy);
  last[path.at(-1) ?? ""] = value;
  return JSON.parse(JSON.stringify(copy));
}

/** What is told of a document, without places. */
function toldOf(document: unknown): readonly string[] {
  try {
    readDocument(JSON.stringify(document), "f");
    return [];
  } catch (thrown) {
    const { problems } = (thrown as SerinError).details as { problems: readonly Problem[] };
    return problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const gate = (more: object) => [{ name: "g", ...more }];

test.each<[path: string, value: unknown, told: string]>([
  ["apiVersion", "v1", `apiVersion: expected serin.dev/v1alpha1, found "v1"`],
  ["apiVersion", undefined, `apiVersion: "apiVersion" is missing (the version of this format)`],
  ["kind", "rollout", `kind: expected Rollout, found "rollout", did you mean "Rollout"?`],
  ["spec", undefined, `spec: "spec" is missing (what is served, what is released, and what it must not do)`],
  ["spec", null, "spec: expected a mapping with stable, found nothing"],
  ["status", {}, `status: unknown key "status": known here are apiVersion, kind, metadata and spec`],
  [
    "metadata.name",
    "-shop",
    `metadata.name: expected lower-case letters, digits and dashes, at most 63, found "-shop"`,
  ],
  [
    "metadata.name",
    "s".repeat(64),
    `metadata.name: expected lower-case letters, digits and dashes, at most 63, found "${"s".repeat(57)}..." (64 characters)`,
  ],
  ["spec.stable", undefined, `spec.stable: "stable" is missing (what serves everybody now)`],
  ["spec.stable.revision", 7, `spec.stable.revision: expected text, found the number 7: quote it, "7"`],
  ["spec.stable.revision", "", `spec.stable.revision: expected text of 1 to 200 characters, found ""`],
  ["spec.stable.backends", [], "spec.stable.backends: expected a list of 1 to 100 entries, found an empty list"],
  [
    "spec.stable.backends",
    ["127.0.0.1:9001"],
    `spec.stable.backends[0]: expected http://host:port, without a path, found "127.0.0.1:9001"`,
  ],
  ["spec.canary.healt", {}, `spec.canary.healt: unknown key "healt", did you mean "health"?`],
  [
    "spec.canary.health.interval",
    "2",
    `spec.canary.health.interval: expected a duration such as 30s, 5m or 1h30m, found "2"`,
  ],
  [
    "spec.canary.health.timeout",
    "",
    `spec.canary.health.timeout: expected a duration such as 30s, 5m or 1h30m, found ""`,
  ],
  ["spec.gateway.workers", 0, "spec.gateway.workers: expected auto or a whole number from 1 to 64, found 0"],
  [
    "spec.gateway.listen",
    "8080",
    `spec.gateway.listen: expected an address with a port, such as "127.0.0.1:8080" or ":8080", found "8080"`,
  ],
  ["spec.assignment.by", {}, "spec.assignment.by: expected exactly one of cookie, header, jwt, found none"],
  [
    "spec.assignment.by",
    { cookie: "a", header: "b" },
    "spec.assignment.by.header: expected exactly one of cookie, header, jwt, found cookie and header",
  ],
  [
    "spec.assignment.by",
    "adress",
    `spec.assignment.by: expected visitor, request, address or a mapping with cookie, header or jwt, found "adress", did you mean "address"?`,
  ],
  [
    "spec.assignment.by",
    5,
    "spec.assignment.by: expected visitor, request, address or a mapping with cookie, header or jwt, found the number 5",
  ],
  [
    "spec.matches",
    [{ name: "a", arm: "canary" }],
    "spec.matches[0]: expected at least one of path, header, cookie, query, found none",
  ],
  [
    "spec.matches",
    [{ name: "a", arm: "canary", path: {} }],
    "spec.matches[0].path: expected exactly one of exact, prefix, regex, found none",
  ],
  [
    "spec.matches",
    [{ name: "a", arm: "canary", path: { regex: "[" } }],
    `spec.matches[0].path.regex: expected a regular expression of JavaScript, found "["`,
  ],
  ["spec.strategy", {}, "spec.strategy: expected exactly one of canary, blueGreen, abTest, shadow, found none"],
  [
    "spec.strategy",
    { shadow: {}, abTest: { for: "1h" } },
    "spec.strategy.shadow: expected exactly one of canary, blueGreen, abTest, shadow, found abTest and shadow",
  ],
  [
    "spec.strategy",
    { canary: { weights: [101] } },
    "spec.strategy.canary.weights[0]: expected a share from 0 to 100 percent in steps of 0.01, such as 5 or 0.5%, found 101",
  ],
  [
    "spec.strategy",
    { canary: { weights: ["5 percent"] } },
    `spec.strategy.canary.weights[0]: expected a share from 0 to 100 percent in steps of 0.01, such as 5 or 0.5%, found "5 percent"`,
  ],
  [
    "spec.strategy",
    { canary: { steps: [{}] } },
    "spec.strategy.canary.steps[0]: expected exactly one of setWeight, pause, analyze, check, approve, mirror, end, found none",
  ],
  [
    "spec.strategy",
    { abTest: {} },
    `spec.strategy.abTest.for: "for" is missing (how long it runs; clear evidence of safety does not shorten it)`,
  ],
  ["spec.gates", [], "spec.gates: expected a list of 1 to 50 entries, found an empty list"],
  [
    "spec.gates",
    gate({}),
    "spec.gates[0]: expected exactly one of failures, latency, mean, series, threshold, kayenta, preset, found none",
  ],
  [
    "spec.gates",
    gate({ failures: { margin: { ratio: 2, points: 0.1 } } }),
    "spec.gates[0].failures.margin.points: expected exactly one of ratio, points, found ratio and points",
  ],
  [
    "spec.gates",
    gate({ failures: { limit: {} } }),
    "spec.gates[0].failures.limit: expected ratio, points or both, found none",
  ],
  [
    "spec.gates",
    gate({ latency: { quantile: 1 } }),
    "spec.gates[0].latency.quantile: expected a number above 0 and below 1, found 1",
  ],
  [
    "spec.gates",
    gate({ threshold: { value: "p99" } }),
    "spec.gates[0].threshold: expected min, max or both, found none",
  ],
  ["spec.promise.falseRollback", 2, "spec.promise.falseRollback: expected a rate such as 1% or 0.01, found 2"],
  ["spec.whenUndecided", "promote", `spec.whenUndecided: expected hold, advance or rollback, found "promote"`],
  [
    "spec.notifications",
    [{}],
    `spec.notifications[0]: expected exactly one of ${notifierNames.join(", ")}, found none`,
  ],
  [
    "spec.notifications",
    [{ slack: { url: {} } }],
    "spec.notifications[0].slack.url: expected exactly one of env, file, kubernetes, found none",
  ],
])("editors and the parser refuse %s set to %j", (path, value, told) => {
  const document = changed(path.split("."), value);
  expect(toldOf(document)).toEqual([told]);
  expect(fits(document)).toBe(false);
});

/** Comparing two places, or a text with what it stands for, is beyond JSON Schema: only the parser tells. */
test.each<[path: string, value: unknown, told: string]>([
  [
    "spec.canary.backends",
    ["http://127.0.0.1:9001"],
    "spec.canary.backends[0]: http://127.0.0.1:9001 is a backend of stable: the arms cannot share one",
  ],
  [
    "spec.strategy",
    { canary: { weights: [5, 4] } },
    "spec.strategy.canary.weights[1]: expected more than 5, the weight before it, found 4",
  ],
  [
    "spec.strategy",
    { canary: { weights: [0] } },
    "spec.strategy.canary.weights[0]: expected a share of more than 0, found 0",
  ],
  [
    "spec.strategy",
    { canary: { stage: "4000d" } },
    `spec.strategy.canary.stage: expected a duration of at most 3650d, found "4000d"`,
  ],
  [
    "spec.gates",
    [...gate({ failures: {} }), ...gate({ latency: {} })],
    `spec.gates[1].name: another gate is called "g": give this one a name of its own`,
  ],
])("only the parser refuses %s set to %j", (path, value, told) => {
  const document = changed(path.split("."), value);
  expect(toldOf(document)).toEqual([told]);
  expect(fits(document)).toBe(true);
});

test("the base itself is well", () => {
  expect(toldOf(base)).toEqual([]);
  expect(fits(base)).toBe(true);
});
