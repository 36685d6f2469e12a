/** lint, apply and schema: documents as files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { api, refused, viewOf } from "../../../test/cli/fixtures.ts";
import { run } from "../../../test/cli/shell.ts";
import { shop } from "../../../test/cli/stage.ts";

const cwd = mkdtempSync(join(tmpdir(), "serin-documents-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const write = (name: string, text: string | Uint8Array) => writeFileSync(join(cwd, name), text);

write("good.yaml", shop());
write("bad.yaml", shop().replace("weights", "weigths").replace("http://127.0.0.1:9001", "127.0.0.1:9001"));
write("empty.yaml", "");
write("binary.yaml", Buffer.from([0xff, 0xfe, 0x00]));
write("huge.yaml", "a".repeat(5_000_000));
mkdirSync(join(cwd, "folder"));

test("a document that fits", async () => {
  expect(await run(["lint", "good.yaml"], { cwd })).toEqual({ code: 0, out: "good.yaml: fits\n", err: "" });
  expect(await run(["lint", "-q", "good.yaml"], { cwd })).toEqual({ code: 0, out: "", err: "" });
  expect(await run(["lint", "-"], { cwd, input: shop() })).toEqual({
    code: 0,
    out: "(standard input): fits\n",
    err: "",
  });
});

test("every mistake is shown with its line and a caret under its place", async () => {
  const { code, out, err } = await run(["lint", "bad.yaml", "good.yaml"], { cwd });
  expect({ code, err }).toEqual({ code: 2, err: "" });
  const lines = out.split("\n");
  expect(lines.filter((line) => line.startsWith("bad.yaml:")).map((line) => line.slice(0, 15))).toEqual([
    "bad.yaml:8:16: ",
    "bad.yaml:13:15:",
    "bad.yaml: 2 mis",
  ]);
  const at = lines.findIndex((line) => line.startsWith("bad.yaml:8:16"));
  expect(lines[at + 1]).toBe("   8 |     backends: [127.0.0.1:9001]");
  expect(lines[at + 2].indexOf("^")).toBe(lines[at + 1].indexOf("127"));
  expect(lines.at(-2)).toBe("good.yaml: fits");
});

test("mistakes for programs", async () => {
  const { code, out } = await run(["lint", "bad.yaml", "good.yaml", "-o", "json"], { cwd });
  expect(code).toBe(2);
  const found = JSON.parse(out) as { file: string; problems: { line: number; path: string }[] }[];
  expect(found.map(({ file, problems }) => [file, problems.map(({ line }) => line)])).toEqual([
    ["bad.yaml", [8, 13]],
    ["good.yaml", []],
  ]);
});

test.each(["empty.yaml", "binary.yaml", "huge.yaml"])("%s is refused in a sentence", async (file) => {
  const { code, out } = await run(["lint", file], { cwd });
  expect(code).toBe(2);
  expect(out).toMatch(new RegExp(`^${file}:1:1: .+\n${file}: 1 mistake\n$`));
});

test.each([
  ["nowhere.yaml", "does not exist"],
  ["folder", "is a directory"],
])("%s %s", async (file, words) => {
  expect(await run(["lint", file], { cwd })).toEqual({
    code: 2,
    out: "",
    err: `serin: ${file} ${words} (FILE_NOT_FOUND)\n`,
  });
});

test("surprises are warnings, unless they are to be mistakes", async () => {
  write("same.yaml", shop().replace("revision: v2", "revision: v1"));
  const { code, out } = await run(["lint", "same.yaml"], { cwd });
  expect(out).toMatch(/^same\.yaml:\d+:\d+: .*warning: /);
  expect(out).toMatch(/same\.yaml: fits, \d+ warnings?\n$/);
  expect(code).toBe(0);
  expect((await run(["lint", "--strict", "same.yaml"], { cwd })).code).toBe(2);
});

test("apply sends a document as it was written, by either spelling", async () => {
  const results = ["created", "replaced", "unchanged"];
  const { fetch, asked } = api([], ({ line }) =>
    line.startsWith("PUT") ? Response.json({ name: "shop", result: results.shift() }) : null,
  );
  expect(await run(["apply", "good.yaml"], { cwd, fetch })).toEqual({ code: 0, out: "shop created\n", err: "" });
  expect(await run(["apply", "-f", "good.yaml", "-f", "-"], { cwd, fetch, input: shop() })).toEqual({
    code: 0,
    out: "shop configured\nshop unchanged\n",
    err: "",
  });
  expect(asked.map(({ line, body }) => [line, body])).toEqual(
    Array.from({ length: 3 }, () => ["PUT /v1/rollouts/shop", shop()]),
  );
  expect(asked[0].headers.get("content-type")).toBe("application/yaml");
});

test("apply sends nothing while one of the documents has a mistake", async () => {
  const { fetch, asked } = api([viewOf()]);
  const { code, err } = await run(["apply", "good.yaml", "bad.yaml"], { cwd, fetch });
  expect(code).toBe(2);
  expect(err).toMatch(/^serin: the document has 2 mistakes \(DOCUMENT_INVALID\)\nbad\.yaml:8:16: /);
  expect(asked).toEqual([]);
});

test("mistakes that only the server finds are shown in the file", async () => {
  const problems = [{ file: "body", line: 4, column: 3, path: "metadata.name", message: "is reserved" }];
  const { fetch } = api([], ({ line }) =>
    line.startsWith("PUT") ? refused(422, "DOCUMENT_INVALID", "no", { problems }) : null,
  );
  expect(await run(["apply", "good.yaml"], { cwd, fetch })).toEqual({
    code: 2,
    out: "",
    err: "serin: the document has a mistake (DOCUMENT_INVALID)\ngood.yaml:4:3: metadata.name: is reserved\n   4 |   name: shop\n     |   ^\n",
  });
});

test("the schema", async () => {
  const { code, out } = await run(["schema"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ $schema: expect.stringContaining("json-schema.org"), type: "object" });
});
