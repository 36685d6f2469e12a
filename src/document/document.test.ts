/** Properties of reading: what is well is read the same however it is written; what is not is told, whatever it is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { SerinError } from "../errors.ts";
import { documents } from "../../test/document/arbitrary.ts";
import { parseKept, readDocument, type Problem } from "./index.ts";
import { MAX_BYTES } from "./text.ts";

test("valid documents are read, in YAML and JSON alike, and keep their text", () => {
  fc.assert(
    fc.property(documents, (document) => {
      const yaml = stringify(document);
      const json = JSON.stringify(document, null, "\t");
      const read = readDocument(yaml, "a.yaml");
      expect(read.document).toBe(yaml);
      expect(read.name).toBe(document.metadata.name);
      expect(read.rollout.stable.backends).toEqual(document.spec.stable.backends);
      expect(readDocument(json, "a.json").rollout).toEqual(read.rollout);
      expect(parseKept(read.name, read.document)).toEqual(read.rollout);
      expect(parseKept(read.name, document)).toEqual(read.rollout);
    }),
    { numRuns: 100 },
  );
});

test("what is read survives being remembered as JSON", () => {
  fc.assert(
    fc.property(documents, (document) => {
      const { rollout } = readDocument(stringify(document), "a.yaml");
      expect(JSON.parse(JSON.stringify(rollout))).toEqual(rollout);
    }),
    { numRuns: 50 },
  );
});

/** Reads or refuses; a refusal has a place inside the text and words for people. */
function answers(bytes: Uint8Array | string): void {
  try {
    const { warnings, document } = readDocument(bytes, "f");
    expectPlaces(warnings, document);
  } catch (thrown) {
    if (!(thrown instanceof SerinError)) throw thrown;
    expect(["DOCUMENT_INVALID", "DOCUMENT_UNREADABLE"]).toContain(thrown.code);
    const { problems, text } = thrown.details as { problems: readonly Problem[]; text: string };
    expect(problems.length).toBeGreaterThan(0);
    // a text that was refused as a whole is not repeated
    expectPlaces(problems, text === "" ? Buffer.from(bytes as Uint8Array).toString("utf8") : text);
  }
}

function expectPlaces(problems: readonly Problem[], text: string): void {
  const lines = text.split("\n");
  const inside = ({ line, column }: Problem) =>
    line >= 1 && column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1;
  const inWords = ({ path, message }: Problem) =>
    message !== "" && !/undefined|\[object|\bNaN\b(?!")|\p{Cc}/u.test(`${path} ${message}`);
  expect(problems.filter((problem) => !inside(problem) || !inWords(problem))).toEqual([]);
}

test("any bytes are answered", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), answers), { numRuns: 1000 });
});

test("any text is answered", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), answers), { numRuns: 1000 });
});

const marks = fc.constantFrom(
  ..."{}[]:,-?&*!|>'\"%@`#\\ \n\t~<=0123e.".split(""),
  "- ",
  ": ",
  "\n  ",
  "---\n",
  "<<: ",
  "&a ",
  "*a",
  "!!js ",
  "null",
  "true",
  "\r\n",
  "é",
  "😀",
);

test("any text of YAML's own marks is answered", () => {
  const yamlish = fc.array(marks, { maxLength: 80 }).map((parts) => parts.join(""));
  fc.assert(fc.property(yamlish, answers), { numRuns: 2000 });
});

test("a valid document with anything put into it or cut out of it is answered", () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(30),
    put: fc.array(marks, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(
      documents,
      fc.boolean(),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (document, json, damages) => {
        const written = json ? JSON.stringify(document, null, 2) : stringify(document);
        const damaged = damages.reduce((text, { at, cut, put }) => {
          const from = Math.floor(at * text.length);
          return text.slice(0, from) + put.join("") + text.slice(from + cut);
        }, written);
        answers(damaged);
      },
    ),
    { numRuns: 400 },
  );
});

/** Any value of JSON, put where a document has something else. */
const anything = fc.oneof(
  fc.json().map((text) => JSON.parse(text) as unknown),
  fc.constantFrom<unknown>(null, [], {}, "", 0, -1, 1e308, true, [[]], [{}], { a: null }),
);

test("a valid document with another value anywhere in it is answered", () => {
  fc.assert(
    fc.property(documents, fc.nat(), anything, (document, which, value) => {
      const paths = pathsOf(document);
      answers(JSON.stringify(withValue(document, paths[which % paths.length], value)));
    }),
    { numRuns: 400 },
  );
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== "object") return [path];
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  return [path, ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]))];
}

function withValue(value: unknown, [step, ...rest]: Path, put: unknown): unknown {
  if (step === undefined) return put;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[step] = withValue(copy[step], rest, put);
  return copy;
}

test.each(["[", "{a: ", "- ", "&a ", ":\n", '"', "'", "#\n", "---\n", "a: 1\n", "*a ", "{? ", "a: &a\n"])(
  "as much of %j as fits is answered",
  (unit) => {
    answers(unit.repeat(Math.floor(MAX_BYTES / unit.length)));
  },
);

test("as many different keys as fit are answered", () => {
  const keys = Array.from({ length: 11_000 }, (_, i) => `k${i}: 1\n`).join("");
  answers(keys);
  answers(
    `apiVersion: serin.dev/v1alpha1\nkind: Rollout\nmetadata: { name: shop }\nspec:\n  ${keys.replaceAll("\n", "\n  ")}`,
  );
});
