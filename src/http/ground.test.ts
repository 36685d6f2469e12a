/** What is said where the ground gives way, in the API and on the page; the record itself stays as it was. */
import { expect, test } from "vitest";
import { liveOf } from "../../test/live.ts";
import { startStrip, type Strip } from "../analysis/strip.ts";
import { play, readSpec } from "../sim/play.ts";
import { scenes } from "../sim/scenarios/index.ts";
import { promise } from "./explain.ts";
import { stripViews } from "./ground.ts";
import { overview } from "./pages/index.ts";

/** So many slices have crossed. */
function stripOf(crossed: number): Strip {
  const { logs, peaks } = startStrip(19);
  const totals = peaks.map((_, i) => ({ n: 1000, bad: i < crossed ? 40 : 2 }));
  return { logs, peaks: peaks.map((_, i) => (i < crossed ? Math.log(55) : 0.2)), totals };
}

async function seen(crossed: number) {
  const scene = scenes.find(({ name }) => name === "good-release");
  if (scene === undefined) throw new Error("there is no such scene");
  const { status, startedAt } = await play({ ...scene, until: 60 });
  const spec = readSpec(scene.name, scene.spec);
  const [gate] = spec.gates.filter(({ kind }) => kind === "failures").map(({ name }) => name);
  const loaded = { spec, status: { ...status, strips: { [gate]: stripOf(crossed) } }, version: 1, signals: [] };
  const live = liveOf({ requests: 9000, units: 900 }, { requests: 500, units: 48 });
  const page = overview({ name: scene.name, loaded, live, now: startedAt + 60_000 }, null);
  return { page, gate, said: promise(spec, loaded.status), strips: stripViews(spec, loaded.status) };
}

test("two of 19 are chance: all is said as ever", async () => {
  const { page, gate, said, strips } = await seen(2);
  expect(strips).toHaveLength(1);
  expect(strips[0]).toMatchObject({ gate, ground: "valid", crossed: 2, expected: 0.95, counting: "units" });
  expect(strips[0].slices.filter(({ crossed }) => crossed)).toHaveLength(2);
  expect(said).not.toMatch(/does not hold/);
  expect(page.extra?.high).not.toBeNull();
  expect(page.outlooks.find((one) => one.gate === gate)?.safeInMs).not.toBeNull();
});

test("three are not: the promise says so, no interval is shown and no early end foretold", async () => {
  const { page, gate, said, strips } = await seen(3);
  expect(strips[0]).toMatchObject({ ground: "void", crossed: 3 });
  expect(strips[0].phi).toBeGreaterThan(2);
  expect(said).toContain(`In this release it does not hold for ${gate}: units hang together`);
  expect(page.promise).toBe(said);
  expect(page.rollout.sentence).toMatch(/ The promise of failures is void: 3 of 19 slices of stable crossed\.$/);
  expect(page.extra).toMatchObject({ low: null, high: null });
  expect(page.headline).not.toMatch(/excluded/);
  expect(page.outlooks.find((one) => one.gate === gate)).toMatchObject({
    safeInMs: null,
    missing: expect.stringMatching(/^Nothing is called safe here/),
    compared: { low: null, high: null },
  });
});
