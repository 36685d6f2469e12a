/** Which server is meant, and which token is shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_LISTEN } from "../http/wire.ts";
import { findServer, findToken, readWord, removeWord, USUAL_LISTEN, writeWord } from "./endpoint.ts";

const dir = mkdtempSync(join(tmpdir(), "serin-endpoint-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const shell = (env: Record<string, string> = {}, alive = true) => ({ env, cwd: dir, alive: () => alive });

test("the usual address is the server's own default", () => {
  expect(USUAL_LISTEN).toBe(DEFAULT_LISTEN);
});

test("flag, then environment, then the word in the data directory, then the usual address", async () => {
  const data = join(dir, "data");
  expect(await findServer({}, shell())).toMatchObject({
    url: `http://${USUAL_LISTEN}`,
    hint: expect.stringContaining("serin serve"),
  });
  await writeWord(data, { url: "http://127.0.0.1:4000", pid: 17 });
  expect(await findServer({ data: "data" }, shell())).toEqual({
    url: "http://127.0.0.1:4000",
    token: null,
    hint: `${data} says that process 17 serves there`,
  });
  expect(await findServer({}, shell({ SERIN_DATA: data }))).toMatchObject({ url: "http://127.0.0.1:4000" });
  expect(await findServer({ data: "data" }, shell({}, false))).toMatchObject({
    hint: expect.stringContaining("process 17"),
  });
  expect((await findServer({ data: "data" }, shell({ SERIN_SERVER: "other:5000" }))).url).toBe("http://other:5000");
  expect((await findServer({ server: "https://x.example" }, shell({ SERIN_SERVER: "other:5000" }))).url).toBe(
    "https://x.example",
  );
  expect((await findServer({ data: "data" }, shell({ SERIN_SERVER: "" }))).url).toBe("http://127.0.0.1:4000");
});

test("only who left the word takes it back", async () => {
  const data = join(dir, "word");
  await writeWord(data, { url: "http://127.0.0.1:4000", pid: 17 });
  await removeWord(data, 18);
  expect(await readWord(data)).toEqual({ url: "http://127.0.0.1:4000", pid: 17 });
  await removeWord(data, 17);
  expect(await readWord(data)).toBeNull();
  await removeWord(data, 17);
});

test.each(["", "{}", "null", '{"url":"x","pid":1}', '{"url":"http://a","pid":"1"}', "\u0000"])(
  "a word that makes no sense is none: %j",
  async (text) => {
    const data = join(dir, "nonsense");
    await writeWord(data, { url: "http://127.0.0.1:4000", pid: 17 });
    writeFileSync(join(data, "server.json"), text);
    expect(await readWord(data)).toBeNull();
  },
);

test.each([
  ["ftp://a", "--server is not an address"],
  ["http://", "--server is not an address"],
  ["a b", "--server is not an address"],
  ["http://u:p@a", "--server holds a password"],
  ["http://a/serin", "--server is more than an address"],
])("%s is refused", async (server, words) => {
  await expect(findServer({ server }, shell())).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining(words),
  });
  await expect(findServer({}, shell({ SERIN_SERVER: server }))).rejects.toMatchObject({ code: "ENVIRONMENT_INVALID" });
});

test("a token comes from a file, bare or of a server's list, else from the environment", async () => {
  const env = { SERIN_TOKEN: "from-the-environment" };
  const file = (text: string) => {
    writeFileSync(join(dir, "token"), text);
    return findToken({ tokenFile: "token" }, shell(env));
  };
  expect(await findToken({}, shell())).toBeNull();
  expect(await findToken({}, shell({ SERIN_TOKEN: "" }))).toBeNull();
  expect(await findToken({}, shell(env))).toBe("from-the-environment");
  expect(await file("bare-token\n")).toBe("bare-token");
  expect(await file("# tokens\nlooker view one-token\nci act other-token\n")).toBe("other-token");
  await expect(file("")).rejects.toMatchObject({ code: "USAGE" });
  await expect(file(`ci act sha256:${"a".repeat(64)}`)).rejects.toThrow("only the hash");
  await expect(file("two words?")).rejects.toMatchObject({ code: "USAGE" });
  await expect(findToken({ tokenFile: "nowhere" }, shell())).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  await expect(findToken({}, shell({ SERIN_TOKEN: "a b" }))).rejects.toMatchObject({ code: "ENVIRONMENT_INVALID" });
});

test("what is refused is not repeated", async () => {
  const secret = "hunter2 hunter2";
  await expect(findToken({}, shell({ SERIN_TOKEN: secret }))).rejects.not.toThrow("hunter2");
});
