/** What of a recorded release is history to try a gate on: the release, and not the watch that came after it. */
import { expect, test } from "vitest";
import { play } from "../play.ts";
import type { ReleaseRecord } from "../record.ts";
import { scenes } from "../scenarios/index.ts";
import { seriesOfRecord } from "./of-record.ts";

async function recordOf(name: string): Promise<{ readonly record: ReleaseRecord; readonly startedAt: number }> {
  const scene = scenes.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`no scene ${name}`);
  const { store, startedAt } = await play(scene);
  const beginning = await store.beginning(name, 1);
  if (beginning === null) throw new Error("its record is not kept");
  const page = { release: 1, limit: 100_000 };
  const [commits, measurements] = [await store.commits(name, page), await store.measurements(name, page)];
  return {
    record: { rollout: name, release: 1, beginning, documents: await store.documents(name), commits, measurements },
    startedAt,
  };
}

test("a watch is no part of it, each moment counts once, and what was taken back after its promotion failed", async () => {
  const { record, startedAt } = await recordOf("watch-returns");
  const { gates, splits, ended } = seriesOfRecord(record);
  const ats = gates["failures"].ticks.map(({ at }) => at);
  expect(new Set(ats).size).toBe(ats.length);
  // it was promoted after a minute
  expect(Math.max(...ats)).toBeLessThanOrEqual(startedAt + 61_000);
  expect(splits.map(({ weight }) => weight)).toEqual([2500]);
  expect(ended).toBe("rolledBack");
});

test("of a release that nobody watched, all of it", async () => {
  const { record } = await recordOf("failing-release");
  const { gates, ended } = seriesOfRecord(record);
  expect(gates["failures"].ticks.length).toBeGreaterThan(0);
  expect(ended).toBe("rolledBack");
});
