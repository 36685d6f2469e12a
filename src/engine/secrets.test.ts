import { expect, test } from "vitest";
import { z } from "zod";
import { readSecret, redact, secretRefs, secretSchema, type SecretSources } from "./secrets.ts";

const VALUE = "hunter2-very-secret";

const sources = (files: Record<string, string> = {}): SecretSources => ({
  env: { TOKEN: VALUE, EMPTY: "  ", LINES: `${VALUE}\nX-Evil: 1`, LONG: VALUE.repeat(2000) },
  readFile: async (path) => {
    if (path in files) return files[path];
    throw Object.assign(new Error(`no such file, holds ${VALUE}`), { code: path === "/no" ? "ENOENT" : "EACCES" });
  },
});

test("a variable and a file are read; the file's last line break does not count", async () => {
  expect(await readSecret({ env: "TOKEN" }, sources())).toBe(VALUE);
  expect(await readSecret({ file: "/key" }, sources({ "/key": `${VALUE}\r\n` }))).toBe(VALUE);
});

test.each([
  [{ env: "NOBODY" }, "the variable NOBODY is not set"],
  [{ env: "EMPTY" }, "the variable EMPTY is empty"],
  [{ env: "LINES" }, "the variable LINES holds line breaks or other control characters"],
  [{ env: "LONG" }, "the variable LONG is longer than 16384 characters"],
  [{ file: "/no" }, "the file /no does not exist"],
  [{ file: "/locked" }, "the file /locked cannot be read (EACCES)"],
])("%j is missing in words, without the value", async (ref, message) => {
  const error: unknown = await readSecret(ref, sources()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "SECRET_MISSING", message, details: { secret: ref } });
  expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain(VALUE);
});

test("names of inherited properties are not variables", async () => {
  await expect(readSecret({ env: "toString" }, { ...sources(), env: {} })).rejects.toMatchObject({
    code: "SECRET_MISSING",
  });
});

test.each([
  { kubernetes: { name: "a" } },
  { kubernetes: { name: "a", key: "../b" } },
  { kubernetes: { namespace: "a/b", name: "a", key: "b" } },
  {},
  { env: "A", file: "b" },
  { env: "A B" },
  { env: "" },
  { file: "" },
  { value: "x" },
  "plain",
])("%j is no reference", (written) => {
  expect(secretSchema.safeParse(written).success).toBe(false);
});

test("references are found however deep", () => {
  const settings = { url: { env: "A" }, list: [{ x: { file: "/b" } }], plain: "C", nothing: null };
  expect(secretRefs(settings)).toEqual([{ env: "A" }, { file: "/b" }]);
});

test("the schema becomes JSON Schema", () => {
  expect(z.toJSONSchema(secretSchema, { io: "input" })).toMatchObject({
    type: "object",
    additionalProperties: false,
    oneOf: [{ required: ["env"] }, { required: ["file"] }, { required: ["kubernetes"] }],
  });
});

test("redact blots out each form of each secret", () => {
  const secret = `a b/c"d`;
  const text = `1 ${secret} 2 ${encodeURIComponent(secret)} 3 ${JSON.stringify({ secret })} 4`;
  expect(redact(text, [secret, "zz", "a b/c"])).toBe(`1 *** 2 *** 3 {"secret":"***"} 4`);
});
