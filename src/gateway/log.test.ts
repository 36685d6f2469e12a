import { fstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Log, openLog } from "./log.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "serin-log-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const now = () => Date.parse("2024-05-06T07:08:09.010Z");

test("lines with their time, for the owner alone", () => {
  const path = join(dir, "shop.log");
  const log = new Log(path, now);
  log.line("began");
  expect(readFileSync(path, "utf8")).toBe("2024-05-06T07:08:09.010Z began\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  log.close();
});

test("the file stays small whoever writes to it, and what was said last is kept", () => {
  const path = join(dir, "shop.log");
  const log = new Log(path, now);
  const worker = openLog(path);
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 1000; i++) log.line(`round ${round}, line ${i} of the host`);
    writeSync(worker, `a worker prints in round ${round}\n`);
    log.bound();
  }
  const sizes = [path, `${path}.1`].map((file) => statSync(file).size);
  for (const size of sizes) expect(size).toBeLessThan(1_200_000);
  const kept = readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8");
  expect(kept).toContain("a worker prints in round 39\n");
  expect(kept).toContain("round 39, line 999 of the host\n");
  // The two files follow each other without a hole.
  const rounds = [...kept.matchAll(/a worker prints in round (\d+)/g)].map(([, round]) => Number(round));
  expect(rounds).toEqual(Array.from({ length: rounds.length }, (_, i) => 40 - rounds.length + i));
  log.close();
});

test("a file that was removed goes on being bounded: it takes room as long as it is open", () => {
  const path = join(dir, "shop.log");
  const log = new Log(path, now);
  const other = openLog(path);
  rmSync(path);
  for (let i = 0; i < 2000; i++) log.line("x".repeat(1000));
  log.bound();
  expect(fstatSync(other).size).toBe(0);
  log.line("still here");
  expect(fstatSync(other).size).toBe(36);
  log.close();
});
