/**
 * What people are told: each document of `golden/` with everything that is said of it, kept beside it. A change of words
 * shows as a diff of sentences.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SerinError } from "../errors.ts";
import { readDocument, type Problem } from "./index.ts";

const folder = new URL("golden/", import.meta.url);
const documents = readdirSync(folder).filter((file) => /\.(yaml|json)$/.test(file));

const lineOf = ({ line, column, path, message, nearest }: Problem) =>
  `${line}:${column} ${path}: ${message}${nearest === undefined ? "" : ` [${nearest}]`}`;

/** The code and each problem; of documents without mistakes, the warnings. */
function toldOf(text: string | Uint8Array, file = "rollout.yaml"): readonly string[] {
  try {
    return ["fine", ...readDocument(text, file).warnings.map(lineOf)];
  } catch (thrown) {
    if (!(thrown instanceof SerinError)) throw thrown;
    return [thrown.code, ...(thrown.details["problems"] as Problem[]).map(lineOf)];
  }
}

test.each(documents)("%s", async (file) => {
  const told = toldOf(readFileSync(new URL(file, folder)), file);
  await expect(`${told.join("\n")}\n`).toMatchFileSnapshot(new URL(`${file}.txt`, folder).pathname);
});

const head = "apiVersion: serin.dev/v1alpha1\nkind: Rollout\nmetadata: { name: shop }\n";
const stable = "  stable: { revision: v1, backends: [http://127.0.0.1:9001] }\n";

test.each([
  ["a tab before a field", "a:\n\tb: 1\n", "2:1 : tabs do not indent in YAML: use spaces"],
  ["no space after a colon", "a:1\nb: 2\n", "1:1 : expected a key with a colon and a space on one line"],
  ["a field in no column", "a:\n  b: 1\n c: 2\n", "3:1 : fields of one mapping begin in the same column"],
  ["an item in no column", "a:\n  - b\n - c\n", "3:1 : items of one list begin in the same column"],
  ["an open quote", `a: "x\nb: 2\n`, `1:4 : a text begins here with " and never ends`],
  ["an open quote after an escape", String.raw`a: "x\"`, `1:4 : a text begins here with " and never ends`],
  ["an open bracket", "a: [1, 2\nb: 3\n", "1:4 : [ is never closed"],
  ["an open brace in JSON", `{"a": {"b": 1}`, "1:1 : { is never closed"],
  ["two colons", "a: b: c\n", `1:4 : a value cannot have fields too: mend the indentation, or quote a text with ": "`],
  [
    "fields of a text",
    "a: b\n  c: d\n",
    `1:4 : a value cannot have fields too: mend the indentation, or quote a text with ": "`,
  ],
  ["a missing comma", `["a" "b"]`, "1:6 : expected a comma between the entries"],
  [
    "a missing comma in JSON",
    `{"a": "1" "b": 2}`,
    "1:7 : inside brackets, commas separate the entries: is one missing?",
  ],
  ["a comma too many", "a: [b,,c]", "1:7 : a comma too many"],
  ["an escape that is none", String.raw`a: "\q"`, String.raw`1:5 : \q is no escape sequence: write \\ for a backslash`],
  ["a reserved character", "a: @x", "1:4 : a text that begins with @ must be quoted"],
  ["a percent sign at the beginning", "a: %x", "1:4 : a text that begins with % must be quoted"],
  ["a list beside its key", "a: - b\n", "1:4 : a list begins on the line below its key"],
  ["a quote inside quotes", "a: 'it's'\n", "1:8 : this does not fit what stands before it"],
  [
    "a directive, which would make yes a boolean",
    "%YAML 1.1\n---\na: yes\n",
    "1:1 : directives are not read: leave this line out",
  ],
  ["nesting for its own sake", "[".repeat(51) + "]".repeat(51), "1:51 : nested deeper than 50"],
  ["mappings nested for their own sake", `${"{a: ".repeat(51)}1${"}".repeat(51)}`, "1:198 : nested deeper than 50"],
  ["an anchor inside itself", "a: &a [*a]\n", "1:8 : *a refers to what it is part of"],
  ["more aliases than anybody needs", `- &a 1\n${"- *a\n".repeat(21)}`, "22:3 : a document has at most 20 aliases"],
  ["more parts than the schema has room for", "- 1\n".repeat(20_001), "20000:3 : a document has at most 20000 parts"],
])("unreadable: %s", (_what, text, told) => {
  expect(toldOf(text)).toEqual(["DOCUMENT_UNREADABLE", told]);
});

test("several faults are told at once, one a line and five at most", () => {
  expect(toldOf("a: @x\nb: `y`\nc: %z\n")).toEqual([
    "DOCUMENT_UNREADABLE",
    "1:4 : a text that begins with @ must be quoted",
    "2:4 : a text that begins with ` must be quoted",
    "3:4 : a text that begins with % must be quoted",
  ]);
  expect(toldOf("a: @x\n".repeat(9))).toHaveLength(6);
});

test("a bomb of aliases is refused before it grows", () => {
  const levels = "bcdefghij"
    .split("")
    .map((name, i) => `- &${name} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(", ")}]`);
  const [code, told] = toldOf(`- &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n${levels.join("\n")}\n`);
  expect([code, told]).toEqual(["DOCUMENT_UNREADABLE", "2:7 : a document has at most 20 aliases"]);
});

test.each([
  ["10 MB", "a".repeat(10_485_760), "1:1 : it is larger than the 128 KiB that a document may have"],
  ["UTF-16", Buffer.from("\ufeffkind: Rollout", "utf16le"), "1:1 : it is UTF-16: save it as UTF-8"],
  ["Latin-1", Buffer.from("metadata: { name: caf\xe9 }", "latin1"), "1:1 : it is not UTF-8 text"],
  ["half a character", "a: \ud800", "1:1 : it is not Unicode text: it holds half a character"],
  ["a NUL", "a: 1\nb: x\0y", "2:5 : it holds the control character U+0000, which no text does"],
  ["a terminal's escape", "a: \u001b[2J", "1:4 : it holds the control character U+001B, which no text does"],
])("no text: %s", (_what, bytes, told) => {
  expect(toldOf(bytes)).toEqual(["DOCUMENT_UNREADABLE", told]);
});

test("a byte order mark is no part of the text", () => {
  const text = `${head}spec:\n${stable}`;
  expect(readDocument(Buffer.from(`\ufeff${text}`), "f").document).toBe(text);
  expect(toldOf(`\ufeffapiVersoin: 1\n`)[1]).toMatch(/^1:1 apiVersoin: unknown key/);
});

test.each([
  ["nothing", ""],
  ["a comment", "# to do\n"],
  ["a separator", "---\n"],
])("%s is no document", (_what, text) => {
  const told = "1:1 : expected a mapping with apiVersion, kind, metadata and spec, found nothing";
  expect(toldOf(text)).toEqual(["DOCUMENT_INVALID", told]);
});

test.each([
  ["1.10", `expected text, found the number 1.10: quote it, "1.10"`],
  ["2e3", `expected text, found the number 2e3: quote it, "2e3"`],
  ["0x1F", `expected text, found the number 0x1F: quote it, "0x1F"`],
  ["007", `expected text, found the number 007: quote it, "007"`],
  ["true", `expected text, found true: quote it, "true"`],
  ["~", "expected text, found nothing"],
  ["[v1]", "expected text, found a list"],
  ["''", `expected text of 1 to 200 characters, found ""`],
])("a revision written %s", (written, told) => {
  const text = `${head}spec:\n  stable:\n    revision: ${written}\n    backends: [http://127.0.0.1:9001]\n`;
  const [, problem] = toldOf(text);
  expect(problem).toMatch(/^6:\d+ spec\.stable\.revision: /);
  expect(problem.replace(/^.*revision: /, "")).toBe(told);
});

test.each(["yes", "no", "on", "off", "v1", "12:30:45", "2024-01-01", "1.2.3", "=", "1_000", "0o8"])(
  "%s is text and stays what it is",
  (written) => {
    const text = `${head}spec:\n  stable: { revision: ${written}, backends: [http://127.0.0.1:9001] }\n`;
    expect(readDocument(text, "f").rollout.stable.revision).toBe(written);
  },
);

test("on is a key like others", () => {
  const text = `${head}spec:\n${stable}  hooks: [{ name: a, on: rollback, url: http://h/ }]\n`;
  expect(readDocument(text, "f").rollout.hooks[0].on).toBe("rollback");
});

test("aliases within reason are read, and mistakes in them are told where they stand", () => {
  const health = "health: &h { path: /up }";
  const text = `${head}spec:\n  stable: { revision: a, backends: [http://h:1], ${health} }\n  canary: { revision: b, backends: [http://h:2], health: *h }\n`;
  expect(readDocument(text, "f").rollout.canary?.health?.path).toBe("/up");
  const wrong = text.replace("/up", "up");
  const column = wrong.split("\n")[4].indexOf("up") + 1;
  const told = (arm: string) => `5:${column} spec.${arm}.health.path: expected a path that begins with /, found "up"`;
  expect(toldOf(wrong).slice(1)).toEqual([told("stable"), told("canary")]);
});

test("the error names the first mistake and how many more there are, and carries the text", () => {
  const text = `${head}spec:\n  stabel: {}\n  foo: 1\n`;
  const error = (() => {
    try {
      return readDocument(text, "shop.yaml");
    } catch (thrown) {
      return thrown as SerinError;
    }
  })();
  expect(error).toMatchObject({
    code: "DOCUMENT_INVALID",
    message: `shop.yaml:5:3: spec.stabel: unknown key "stabel", did you mean "stable"? (and 1 more mistake)`,
    details: {
      text,
      problems: [
        { file: "shop.yaml", line: 5, column: 3, nearest: "stable" },
        { line: 6, column: 3 },
      ],
    },
  });
});
