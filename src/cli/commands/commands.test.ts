/** Every command that looks: its words to the letter, its exit code, what it asked. */
import { expect, test } from "vitest";
import {
  api,
  approvalView,
  endedView,
  idleView,
  NOW,
  pausedView,
  refused,
  viewOf,
  watchedView,
} from "../../../test/cli/fixtures.ts";
import { begin, really, run, until, type Around } from "../../../test/cli/shell.ts";
import type { RolloutView } from "../../http/wire.ts";
import { isUnsafe } from "../clean.ts";

const around = (views: readonly RolloutView[]): Around => ({ fetch: api(views).fetch, now: () => NOW });
const all = [viewOf(), idleView()];

/** A command line and everything that can be seen of it. */
async function transcript(line: string, the: Around = around(all)): Promise<string> {
  const { code, out, err } = await run(line.split(" "), the);
  const told = err === "" ? "" : `--- stderr\n${err}`;
  return `$ serin ${line}\n${out}${told}--- exit ${code}\n`;
}

const table: readonly (readonly [line: string, views?: readonly RolloutView[]])[] = [
  ["get"],
  ["list"],
  ["list -o wide"],
  ["list -o name"],
  ["list", []],
  ["list -o json", []],
  ["get shop"],
  ["get shop -o wide"],
  ["get shop -o name"],
  ["get quiet"],
  ["get quiet -o yaml"],
  ["get nope"],
  ["get shop", [pausedView()]],
  ["get shop", [approvalView()]],
  ["get shop", [endedView("promoted")]],
  ["get shop", [endedView("rolledBack")]],
  ["status shop"],
  ["status quiet"],
  ["status shop", [pausedView("undecided")]],
  ["status shop", [endedView("promoted")]],
  ["status shop", [endedView("rolledBack")]],
  ["status shop", [endedView("undecided")]],
  ["status shop", [endedView("unmeasurable")]],
  ["status shop", [endedView("aborted")]],
  ["status shop", [endedView("passed")]],
  ["status shop -q", [endedView("rolledBack")]],
  ["status shop -o json", [endedView("rolledBack")]],
  ["status shop -o name", [endedView("rolledBack")]],
  ["status shop -w", [endedView("rolledBack")]],
  ["get shop -w -t 1s"],
  ["wait shop", [endedView("promoted")]],
  ["wait shop --for promoted", [watchedView()]],
  ["status shop", [watchedView()]],
  ["get shop", [watchedView({ unready: "its backend 127.0.0.1:9001 does not pass its check" })]],
  ["wait shop --for paused", [pausedView()]],
  ["wait shop --for approval", [approvalView()]],
  ["wait shop --for paused", [endedView("promoted")]],
  ["wait shop --for approval", [endedView("rolledBack")]],
  ["explain shop"],
  ["explain shop -o wide"],
  ["explain quiet"],
  ["exposure shop"],
  ["exposure shop -o csv"],
  ["exposure shop --release 1 -o json"],
  ["exposure quiet"],
  ["events shop"],
  ["events"],
  ["events shop --tail 1"],
  ["events shop --since 4m47s"],
  ["events shop --tail 1 -o json"],
  ["events quiet"],
  ["version --server http://127.0.0.1:7077"],
  ["delete shop"],
  ["delete shop -o name"],
];

test("what is printed and how it ends", async () => {
  const found: string[] = [];
  for (const [line, views] of table) found.push(await transcript(line, around(views ?? all)));
  const own = /(?<=client )\S+ \(Node \S+\)/g; // this package's version and this Node's
  const text = found.join("\n").replace(own, "X (Node Y)");
  await expect(text).toMatchFileSnapshot("../../../test/golden/cli-look.txt");
});

test("a signal is asked with who asks, why and for what, and its answer is told", async () => {
  const taken = { id: 9, rollout: "shop", verb: "pause", by: "anna", at: NOW, outcome: "accepted", event: null };
  const { fetch, asked } = api(all, ({ line }) => (line.startsWith("POST") ? Response.json(taken) : null));
  const done = await run(["pause", "shop", "--why", "an incident"], { fetch, user: "Žofie" });
  expect(done).toEqual({ code: 0, out: "shop: pause was accepted.\n", err: "" });
  expect(asked.map(({ line }) => line)).toEqual(["POST /v1/rollouts/shop/signals?wait=true&timeout=15"]);
  expect(JSON.parse(asked[0].body)).toEqual({ verb: "pause", why: "an incident" });
  expect(asked[0].headers.get("serin-user")).toBe(encodeURIComponent("Žofie"));
});

test("each verb sends its signal", async () => {
  const lines = {
    "promote shop": { verb: "promote" },
    "promote shop --full": { verb: "promoteFull" },
    "resume shop": { verb: "resume" },
    "abort shop --why x": { verb: "abort", why: "x" },
    "approve shop": { verb: "approve" },
    "retry shop": { verb: "retry" },
    "undo shop": { verb: "undo" },
    "start shop": { verb: "start" },
    "start shop --revision v3 --canary http://a:1,http://b:2 --canary http://c:3": {
      verb: "start",
      canary: { revision: "v3", backends: ["http://a:1", "http://b:2", "http://c:3"] },
    },
  };
  for (const [line, signal] of Object.entries(lines)) {
    const taken = { id: 9, rollout: "shop", verb: signal.verb, by: "anna", at: NOW, outcome: "accepted", event: null };
    const { fetch, asked } = api(all, () => Response.json(taken));
    expect((await run(line.split(" "), { fetch })).code, line).toBe(0);
    expect(JSON.parse(asked[0].body), line).toEqual(signal);
  }
});

test("a list that is watched tells what has changed, and survives a server that is away", async () => {
  let views: readonly RolloutView[] | null = all;
  const fetch: typeof globalThis.fetch = (input, init) =>
    views === null ? Promise.reject(new TypeError("fetch failed")) : api(views).fetch(input, init);
  const { out, err, interrupt, finished } = begin(["list", "-w"], {
    fetch,
    now: () => NOW,
    sleep: (_ms, signal) => really(2, signal),
  });
  await until("the table", () => out.text().split("\n").length === 4);
  views = null;
  await until("words about it", () => err.text().includes("trying again"));
  views = [pausedView(), idleView()];
  await until("the change", () => out.text().split("\n").length === 5);
  interrupt();
  expect((await finished).code).toBe(130);
  const lines = out.text().trimEnd().split("\n");
  expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual(["STATE", "progressing", "idle", "paused"]);
  // columns stay where they are
  expect(lines[3].indexOf("paused")).toBe(lines[0].indexOf("STATE"));
});

test("a refused signal is exit 1 with the server's words, one that nobody takes is exit 8", async () => {
  const no = api(all, ({ line }) =>
    line.startsWith("POST") ? refused(409, "CONFLICT", "Undo by anna was refused: nothing") : null,
  );
  expect(await transcript("undo shop", { fetch: no.fetch })).toBe(
    "$ serin undo shop\n--- stderr\nserin: Undo by anna was refused: nothing (CONFLICT)\n--- exit 1\n",
  );
  const pending = { id: 9, rollout: "shop", verb: "undo", by: "anna", at: NOW, outcome: "pending", event: null };
  const late = api(all, ({ line }) => (line.startsWith("POST") ? Response.json(pending, { status: 202 }) : null));
  expect(await transcript("undo shop", { fetch: late.fetch })).toMatch(
    /has not been taken within 15s \(TIMEOUT\)\n.*\n--- exit 8\n$/,
  );
});

test("the server's text cannot obey the terminal", async () => {
  const evil = "\u001b[2J\u001b]0;title\u0007\u202egnp.exe\r\nserin: fine";
  const views = [viewOf({ sentence: evil, canary: evil, reason: evil })];
  for (const line of [
    "get shop",
    "get shop -o wide",
    "status shop",
    "list -o wide",
    "explain shop",
    "get shop -o json",
    "get shop -o yaml",
  ]) {
    const { out } = await run(line.split(" "), around(views));
    expect(isUnsafe(out), line).toBe(false);
  }
  const { out } = await run(["get", "shop", "-o", "json"], around(views));
  expect((JSON.parse(out) as RolloutView).sentence).toBe(evil);
});

test("colours are for terminals, unless said", async () => {
  const terminal = { columns: 100, rows: 50 };
  const coloured = async (the: Around, ...more: string[]) =>
    (await run(["get", "shop", ...more], { ...around(all), ...the })).out.includes("\u001b[");
  expect(await coloured({})).toBe(false);
  expect(await coloured({ terminal })).toBe(true);
  expect(await coloured({ terminal }, "--no-color")).toBe(false);
  expect(await coloured({ terminal, env: { NO_COLOR: "1" } })).toBe(false);
  expect(await coloured({ terminal, env: { NO_COLOR: "" } })).toBe(true);
  expect(await coloured({ terminal, env: { TERM: "dumb" } })).toBe(false);
  expect(await coloured({ env: { FORCE_COLOR: "1" } })).toBe(true);
});
