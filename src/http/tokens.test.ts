import { createHash } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { asSerinError } from "../errors.ts";
import { openTokens, parseTokens } from "./tokens.ts";

const dir = mkdtempSync(join(tmpdir(), "serin-tokens-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const fileOf = (text: string) => {
  const path = join(dir, `tokens-${++files}`);
  writeFileSync(path, text);
  return path;
};
const SECRET = "correct-horse-battery";
const hash = (secret: string) => createHash("sha256").update(secret).digest("hex");
const names = (tokens: ReturnType<typeof openTokens>) => tokens?.present().map(({ name, role }) => `${name} ${role}`);

describe("a tokens file", () => {
  test("has a name, a role and a token or its hash on each line", () => {
    const text = `# people\nanna act ${SECRET}\r\n\n  ci.prod@shop   view\tsha256:${hash("another-secret-17")}  \n`;
    expect(parseTokens(text, "tokens").map(({ name, role, digest }) => [name, role, digest.toString("hex")])).toEqual([
      ["anna", "act", hash(SECRET)],
      ["ci.prod@shop", "view", hash("another-secret-17")],
    ]);
  });

  test.each([
    ["", "tokens holds no tokens"],
    ["# nobody\n\n", "tokens holds no tokens"],
    [`anna act`, "tokens:1: expected three words"],
    [`\nanna act ${SECRET} more`, "tokens:2: expected three words"],
    [`anna root ${SECRET}`, "tokens:1: expected the role report, view, act, admin"],
    [`an/na act ${SECRET}`, "tokens:1: a token's name has"],
    [`anna act short`, "tokens:1: a token has at least 16 characters"],
    [`anna act ${SECRET}\u00e4`, "tokens:1: a token has letters"],
    [`anna act sha256:${"0".repeat(63)}`, "tokens:1: expected 64 hex digits"],
    [`anna act ${SECRET}\nanna view ${SECRET}x`, "tokens names anna twice"],
  ])("%j is refused with its line and without what stands there", (text, words) => {
    const error = asSerinError(
      (() => {
        try {
          return parseTokens(text, "tokens");
        } catch (thrown) {
          return thrown;
        }
      })(),
    );
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining(words) });
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain(SECRET);
  });
});

describe("a server's tokens", () => {
  const quiet = () => {};

  test("are none without SERIN_TOKEN and file, whatever token the process has itself", () => {
    expect(openTokens({}, quiet)).toBeNull();
    expect(openTokens({ own: SECRET }, quiet)).toBeNull();
  });

  test("are SERIN_TOKEN, the process's own and those of the file", () => {
    expect(names(openTokens({ token: SECRET }, quiet))).toEqual(["SERIN_TOKEN admin"]);
    const file = fileOf(`anna view ${SECRET}`);
    expect(names(openTokens({ token: SECRET, file, own: `${SECRET}2` }, quiet))).toEqual([
      "SERIN_TOKEN admin",
      "this process admin",
      "anna view",
    ]);
  });

  test.each(["", "short", "with a space inside"])("SERIN_TOKEN=%j is refused", (token) => {
    expect(() => openTokens({ token }, quiet)).toThrow(
      expect.objectContaining({ code: "ENVIRONMENT_INVALID", message: expect.stringContaining("SERIN_TOKEN: ") }),
    );
  });

  test("a file that is not there is refused at the start", () => {
    expect(() => openTokens({ file: join(dir, "nowhere") }, quiet)).toThrow(
      expect.objectContaining({ code: "FILE_NOT_FOUND" }),
    );
  });

  test("follow the file: written over, exchanged, or behind a link that is turned", () => {
    const [first, second] = [fileOf(`anna act ${SECRET}`), fileOf(`ben view ${SECRET}`)];
    const link = join(dir, "link");
    symlinkSync(first, link);
    const tokens = openTokens({ file: link }, quiet);
    expect(names(tokens)).toEqual(["anna act"]);
    writeFileSync(first, `anna view ${SECRET}\ncarl act ${SECRET}x\n`);
    expect(names(tokens)).toEqual(["anna view", "carl act"]);
    renameSync(fileOf(`dora act ${SECRET}`), first);
    expect(names(tokens)).toEqual(["dora act"]);
    unlinkSync(link);
    symlinkSync(second, link);
    expect(names(tokens)).toEqual(["ben view"]);
  });

  test("stay as they were while the file is spoilt or gone, which is said once", () => {
    const log: string[] = [];
    const file = fileOf(`anna act ${SECRET}`);
    const tokens = openTokens({ file }, (level, message) => void log.push(`${level} ${message}`));
    writeFileSync(file, `anna boss ${SECRET}-too`);
    for (let i = 0; i < 3; i++) expect(names(tokens)).toEqual(["anna act"]);
    expect(log).toEqual([
      `error the tokens that were good stay: ${file}:1: expected the role report, view, act, admin`,
    ]);
    unlinkSync(file);
    for (let i = 0; i < 3; i++) expect(names(tokens)).toEqual(["anna act"]);
    expect(log).toHaveLength(2);
    writeFileSync(file, `ben act ${SECRET}`);
    expect(names(tokens)).toEqual(["ben act"]);
    expect(log.join()).not.toContain(SECRET);
  });
});
