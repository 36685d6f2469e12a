/** Every document that people are shown is one that works. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblem } from "../cli/problems.ts";
import type { SerinError } from "../errors.ts";
import { documentSchema, readDocument, type Problem } from "./index.ts";

const root = new URL("../../", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, root), "utf8");

const examples = [
  ...readdirSync(new URL("examples/", root))
    .filter((file) => /\.(yaml|json)$/.test(file))
    .map((file) => `examples/${file}`),
  "examples/demo/rollout.yaml",
];

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const fits = ajv.compile(documentSchema() as object);

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)("%s is read without a warning and fits the JSON Schema", (file) => {
  const text = textOf(file);
  expect(readDocument(text, file).warnings).toEqual([]);
  expect(fits(parse(text)), JSON.stringify(fits.errors)).toBe(true);
});

test.each(examples.filter((file) => /^examples\/[^/]+\.yaml$/.test(file)))("%s tells editors its schema", (file) => {
  const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(textOf(file))?.[1] ?? "";
  const path = new URL(schema, new URL(file, root));
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ title: "Rollout" });
});

/** The fenced documents of a page: those that begin as a Rollout does. */
const shownIn = (page: string) =>
  [...textOf(page).matchAll(/^```(?:yaml|json)\n([\s\S]*?)^```/gm)]
    .map((found) => found[1])
    .filter((text) => /^\s*\{?\s*"?apiVersion/.test(text));

test("the README's document is examples/canary.yaml, and so is its twin in JSON", () => {
  const [readme] = shownIn("README.md");
  const { rollout } = readDocument(textOf("examples/canary.yaml"), "canary.yaml");
  expect(readDocument(readme, "README.md").rollout).toEqual(rollout);
  expect(readDocument(textOf("examples/canary.json"), "canary.json").rollout).toEqual(rollout);
});

test.each(readdirSync(new URL("docs/", root)).filter((file) => file.endsWith(".md")))(
  "whole documents in docs/%s are read",
  (page) => {
    for (const text of shownIn(`docs/${page}`)) expect(readDocument(text, page).warnings).toEqual([]);
  },
);

test("the mistakes that docs/document.md shows are those that are told", () => {
  const page = textOf("docs/document.md");
  const text = textOf("src/document/golden/page.yaml");
  let problems: readonly Problem[] = [];
  try {
    readDocument(text, "rollout.yaml");
  } catch (thrown) {
    problems = (thrown as SerinError).details["problems"] as readonly Problem[];
  }
  const frames = problems.map((problem) => formatProblem(problem, text));
  expect(frames).toHaveLength(5);
  expect(page).toContain(frames.join("\n"));
});
