/** Killed at any moment, out of space, locked out: what was acknowledged is there, and nothing is half there. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { changeOf, documentOf, eventOf, notified, parse, statusOf } from "../../test/contract/store-fixtures.ts";
import { openStore, type OpenStore } from "./index.ts";

const program = fileURLToPath(new URL("../../test/stores/committer.ts", import.meta.url));
const base = mkdtempSync(join(tmpdir(), "serin-crash-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let dirs = 0;
const freshDir = () => join(base, String(++dirs));
const open = (dir: string) => openStore({ parse, notified, sqlite: { dir } });

/** Mulberry32: the same kills every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The last thing of each kind that the killed process had been promised. */
interface Acknowledged {
  version: number;
  signal: number;
  note: number;
  cursor: number;
  readonly lines: string[];
}

function listen(child: ChildProcess, heard: (line: string) => void): Promise<void> {
  let rest = "";
  child.stdout?.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(heard);
  });
  return new Promise((resolve) => child.once("close", () => resolve()));
}

function remember(acknowledged: Acknowledged, line: string): void {
  const [what, value] = line.split(" ");
  acknowledged.lines.push(line);
  if (what === "commit" || what === "put") acknowledged.version = Number(value);
  if (what === "signal" || what === "note" || what === "cursor") acknowledged[what] = Number(value);
}

/** Runs the committer and kills it after `lines` lines and some microseconds. */
async function runAndKill(dir: string, lines: number, spin: number, acknowledged: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [program, dir], { stdio: ["ignore", "pipe", "inherit"] });
  let count = 0;
  await listen(child, (line) => {
    remember(acknowledged, line);
    if (++count < lines) return;
    const until = performance.now() + spin;
    while (performance.now() < until);
    child.kill("SIGKILL");
  });
}

const nothing = (): Acknowledged => ({ version: -1, signal: 0, note: 0, cursor: 0, lines: [] });

/** What was acknowledged is there; the commit that was under way is there wholly or not at all. */
async function checkKept(dir: string, acknowledged: Acknowledged): Promise<void> {
  const store = await open(dir);
  try {
    const loaded = await store.load("shop");
    if (loaded === null) {
      expect(acknowledged.version).toBe(-1);
      return;
    }
    const { version, status } = loaded;
    expect(version).toBeGreaterThanOrEqual(acknowledged.version);
    expect(status.reason.split(" ")[0]).toBe(`v${version}`);
    await checkJournal(store, version);
    expect(Number((await store.note("last")) ?? 0)).toBeGreaterThanOrEqual(acknowledged.note);
    expect(await store.cursor("shop", "slack")).toBeGreaterThanOrEqual(acknowledged.cursor);
    expect(loaded.signals.at(-1)?.id ?? 0).toBeGreaterThanOrEqual(acknowledged.signal);
  } finally {
    await store.close();
  }
  const handle = new Database(join(dir, "serin.db"), { readonly: true });
  expect(handle.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(handle.pragma("foreign_key_check")).toEqual([]);
  handle.close();
}

/** Two events and one measurement for each version from the second on, none missing, none twice. */
async function checkJournal(store: OpenStore, version: number): Promise<void> {
  const expected = Array.from({ length: version - 1 }, (_none, i) => i + 2);
  const reasons: string[] = [];
  for (let after = 0; ;) {
    const page = await store.journal(after, { limit: 10_000 });
    if (page.length === 0) break;
    reasons.push(...page.map(({ event }) => (event as { reason: string }).reason));
    after = page.at(-1)?.seq ?? after;
  }
  expect(reasons).toEqual(expected.flatMap((v) => [`${v}a`, `${v}b`]));
  const measured: number[] = [];
  for (let after = 0; ;) {
    const page = await store.measurements("shop", { after, limit: 10_000 });
    if (page.length === 0) break;
    measured.push(...page.map((record) => record.version));
    after = page.at(-1)?.version ?? after;
  }
  expect(measured).toEqual(expected);
}

describe("killed", () => {
  test.concurrent.each([1, 2, 3, 4])(
    "ten times while committing, on one directory (seed %i)",
    async (seed) => {
      const random = seeded(seed);
      const dir = freshDir();
      const acknowledged = nothing();
      for (let round = 0; round < 10; round++) {
        await runAndKill(dir, 3 + Math.floor(random() * 60), random() * 3, acknowledged);
        await checkKept(dir, acknowledged);
      }
      expect(acknowledged.version).toBeGreaterThan(10);
    },
    120_000,
  );

  test.concurrent("while the directory is being made: the next start makes it", async () => {
    const random = seeded(5);
    for (let round = 0; round < 8; round++) {
      const dir = freshDir();
      const acknowledged = nothing();
      await runAndKill(dir, 1 + (round % 2), random() * 25, acknowledged);
      await checkKept(dir, acknowledged);
      const store = await open(dir);
      await store.put("cart", documentOf("second"), () => statusOf("cart"));
      await store.close();
    }
  }, 120_000);
});

/** A second program with the database: says when it has it, keeps it until it is killed. */
async function holder(dir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, dir], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => void listen(child, (line) => line.startsWith("commit") && resolve()));
  return child;
}

describe("another process", () => {
  test("has the directory: refused by its number, and let in when it has been killed", async () => {
    const dir = freshDir();
    const child = await holder(dir);
    await expect(open(dir)).rejects.toMatchObject({
      code: "DATABASE_BUSY",
      message: expect.stringContaining(`another Serin (process ${child.pid}) is using ${dir}`),
      details: { pid: child.pid },
    });
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
    const store = await open(dir);
    expect((await store.load("shop"))?.version).toBeGreaterThan(0);
    await store.close();
  }, 60_000);

  test("a second opening within this process is refused too", async () => {
    const dir = freshDir();
    const store = await open(dir);
    await expect(open(dir)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    await store.close();
    await (await open(dir)).close();
  });

  test("a shell that holds a write lock delays a commit, which then fails whole and can be tried again", async () => {
    const dir = freshDir();
    const store = await open(dir);
    await store.put("shop", documentOf("first"), () => statusOf("shop"));
    const shell = new Database(join(dir, "serin.db"));
    shell.exec("begin immediate");
    const change = changeOf("shop", 1, { events: [eventOf("once")] });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    shell.exec("rollback");
    shell.close();
    expect(await store.commit(change)).toBe(true);
    expect(await store.journal(0, { limit: 10 })).toHaveLength(1);
    await store.close();
  });
});

/** What the committer said last, run to its end by `command`, which ends with the program and its directory. */
function runToEnd(command: string, options: { readonly uid?: number; readonly gid?: number } = {}): string[] {
  const { stdout } = spawnSync("sh", ["-c", command], { encoding: "utf8", ...options });
  return stdout.trim().split("\n");
}
const quoted = (...words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

describe("a disk", () => {
  test("on which files may grow no further: said in words, and all that was acknowledged is there", async () => {
    const dir = freshDir();
    const lines = runToEnd(`ulimit -f 4000; exec ${quoted(process.execPath, program, dir, "2000")}`);
    expect(lines.at(-1)).toMatch(/^failed DATABASE_UNWRITABLE .*(disk)/);
    const acknowledged = nothing();
    for (const line of lines.slice(0, -1)) remember(acknowledged, line);
    expect(acknowledged.version).toBeGreaterThan(20);
    await checkKept(dir, acknowledged);
  }, 60_000);

  const mounts = () => {
    const dir = mkdtempSync(join(base, "mount-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", dir]).status === 0;
    return mounted ? dir : null;
  };
  const small = mounts();
  afterAll(() => void (small !== null && spawnSync("umount", [small])));

  test.skipIf(small === null)(
    "that is full (skipped where nothing may be mounted): it goes on when there is space",
    async () => {
      const dir = join(small ?? "", "data");
      const store = await open(dir);
      await store.put("shop", documentOf("first"), () => statusOf("shop"));
      let from = 1;
      const commit = () => store.commit(changeOf("shop", from, { events: [eventOf(`${from} ${"x".repeat(5000)}`)] }));
      const full: unknown = await (async () => {
        for (;;) {
          await commit();
          from += 1;
        }
      })().catch((thrown: unknown) => thrown);
      expect(full).toMatchObject({
        code: "DATABASE_UNWRITABLE",
        message: `${join(dir, "serin.db")} cannot grow: the disk is full. Nothing that was acknowledged is lost; free some space.`,
      });
      expect(from).toBeGreaterThan(20);
      expect((await store.load("shop"))?.version).toBe(from);
      await expect(commit()).rejects.toMatchObject({ code: "DATABASE_UNWRITABLE" });
      spawnSync("mount", ["-o", "remount,size=16m", small ?? ""]);
      expect(await commit()).toBe(true);
      expect(await store.journal(0, { limit: 10_000 })).toHaveLength(from);
      await store.close();
      const again = await open(dir);
      expect((await again.load("shop"))?.version).toBe(from + 1);
      await again.close();
    },
    60_000,
  );

  const root = process.getuid?.() === 0;
  const nobody = root ? { uid: 65_534, gid: 65_534 } : {};
  const readable =
    runToEnd(`test -r ${quoted(program)} -a -x ${quoted(process.execPath)} && echo yes`, nobody)[0] === "yes";

  test.skipIf(!readable)(
    "or a directory that may not be written: said in words, nothing is made or changed",
    async () => {
      const dir = freshDir();
      const store = await open(dir);
      await store.close();
      const sealed = freshDir();
      mkdirSync(sealed);
      chmodSync(base, 0o755);
      for (const path of [dir, sealed]) {
        if (root) chownSync(path, 65_534, 65_534);
        chmodSync(path, 0o500);
      }
      if (root) chownSync(join(dir, "serin.db"), 65_534, 65_534);
      chmodSync(join(dir, "serin.db"), 0o400);
      for (const path of [dir, sealed, join(sealed, "deeper")]) {
        const last = runToEnd(`exec ${quoted(process.execPath, program, path, "1")}`, nobody).at(-1) ?? "";
        expect(last).toMatch(/^failed DATABASE_UNWRITABLE .* look at the owner and the permissions of the directory/);
      }
      expect(existsSync(join(sealed, "serin.db"))).toBe(false);
      expect(statSync(join(dir, "serin.db")).size).toBeGreaterThan(0);
      for (const path of [dir, sealed]) chmodSync(path, 0o700);
    },
    60_000,
  );
});
