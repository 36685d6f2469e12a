import { expect, test } from "vitest";
import { play } from "../../sim/play.ts";
import { scenes } from "../../sim/scenarios/index.ts";
import { asOf, hasFailed, read, type Reading } from "./releases.ts";
import type { Release } from "../wire-pages.ts";

async function releasesOf(
  name: string,
  until?: number,
): Promise<{ releases: Release[]; at: (second: number) => number }> {
  const found = scenes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  const scene = {
    ...found,
    until: until ?? found.until,
    acts: (found.acts ?? []).filter(({ at }) => at < (until ?? Infinity)),
  };
  const { journal, startedAt } = await play(scene);
  const readings: Reading[] = [];
  for (const entry of journal) {
    const next = read(readings.at(-1) ?? null, entry);
    if (next === null) continue;
    if (entry.event.type === "started") readings.push(next);
    else readings[readings.length - 1] = next;
  }
  const end = startedAt + scene.until * 1000;
  return { releases: readings.map((reading) => asOf(reading, end)), at: (second) => startedAt + second * 1000 };
}

const SECOND = 1000;

test("what people did is told apart from what Serin did, and their time from its", async () => {
  const { releases } = await releasesOf("people", 210);
  const [first, second] = releases;
  expect(first).toMatchObject({
    release: 1,
    outcome: "aborted",
    startedBy: "the document",
    weight: 500,
    reason: "wrong build",
  });
  expect(first.deeds.map(({ by, what, why }) => [by, what, why])).toEqual([
    ["ann", "paused it", "lunch"],
    ["ann", "resumed it", ""],
    ["ann", "took it back", "wrong build"],
  ]);
  expect(first.humanMs).toBe(60 * SECOND);
  expect(first.machineMs).toBe(30 * SECOND);
  expect(second).toMatchObject({ outcome: "promoted", undone: { by: "ann", why: "wrong hotfix" } });
  expect(hasFailed(first)).toBe(false);
  expect(hasFailed(second)).toBe(true);
});

test("what is undone twice is done", async () => {
  const [, second] = (await releasesOf("people")).releases;
  expect(second.undone).toBeNull();
  expect(second.deeds.map(({ what }) => what)).toEqual([
    "started it",
    "gave it to everybody",
    "undid it",
    "brought it back",
  ]);
  expect(hasFailed(second)).toBe(false);
});

test("a release that waits for evidence waits for a person", async () => {
  const { releases } = await releasesOf("undecided-holds");
  const [one] = releases;
  expect(one.outcome).toBe("promoted");
  // from the deadline at 300 s to 400 s, and from 700 s to 800 s
  expect(Math.round(one.humanMs / SECOND)).toBe(200);
  expect(one.humanMs + one.machineMs).toBe((one.endedAt ?? 0) - one.startedAt);
});

test("one that is under way goes on ageing, on the right side", async () => {
  const { releases, at } = await releasesOf("no-traffic-holds");
  const [one] = releases;
  expect([one.endedAt, one.outcome]).toEqual([null, null]);
  expect(one.humanMs + one.machineMs).toBe(at(600) - one.startedAt);
  expect(Math.round(one.humanMs / SECOND)).toBe(300);
});

test("harm is a failed change; nobody did it", async () => {
  const { releases } = await releasesOf("failing-release");
  expect(releases[0]).toMatchObject({ outcome: "rolledBack", deeds: [], weight: 500 });
  expect(hasFailed(releases[0])).toBe(true);
});

test.each(["control-crash", "document-edited", "next-release", "router-outage", "hooks"])(
  "%s is told in full",
  async (name) => {
    const { releases } = await releasesOf(name);
    expect(releases.map(({ release }) => release)).toEqual(releases.map((_one, i) => i + 1));
    for (const { humanMs, machineMs, startedAt, endedAt, firstSeq, lastSeq } of releases) {
      expect(humanMs).toBeGreaterThanOrEqual(0);
      if (endedAt !== null) expect(humanMs + machineMs).toBe(endedAt - startedAt);
      expect(lastSeq).toBeGreaterThan(firstSeq);
    }
  },
);
