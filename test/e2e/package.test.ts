/** What is published is installed as a user would: packed, unpacked elsewhere, run without the sources. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "serin-package-"));
const installed = join(dir, "node_modules", "serin");
const npm = (...args: readonly string[]) =>
  execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

beforeAll(() => {
  npm("run", "build", "--silent");
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--ignore-scripts", "--pack-destination", dir)) as [
    { filename: string },
  ];
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(dir, filename), "--strip-components=1", "-C", installed]);
  // its dependencies are those of this clone: nothing is downloaded in a test
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"), "dir");
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const serin = (...args: readonly string[]) =>
  execFileSync(process.execPath, [join(installed, "bin/serin.cjs"), ...args], { cwd: dir, encoding: "utf8" });

test("the program runs without its sources", () => {
  expect(serin("version", "--server", "http://127.0.0.1:9")).toMatch(/^client \d+\.\d+\.\d+/);
  expect(serin("lint", join(root, "examples/canary.yaml"))).toMatch(/fits|canary\.yaml/);
});

test("the library is imported by its name", () => {
  const code = `import("serin").then(({ readDocument, decide }) => console.log(typeof readDocument, typeof decide))`;
  expect(execFileSync(process.execPath, ["-e", code], { cwd: dir, encoding: "utf8" })).toBe("function function\n");
});
