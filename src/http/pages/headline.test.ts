import { expect, test } from "vitest";
import { liveOf } from "../../../test/live.ts";
import { play, readSpec } from "../../sim/play.ts";
import { scenes } from "../../sim/scenarios/index.ts";
import { steady } from "../../sim/scenarios/truths.ts";
import type { Scene } from "../../sim/play.ts";
import { overview } from "./index.ts";

const live = liveOf({ requests: 90_000, units: 12_710 }, { requests: 9000, units: 1500 });

async function seen(name: string, until: number, more: Partial<Scene> = {}) {
  const scene = scenes.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`no scene ${name}`);
  const played = { ...scene, until, ...more, acts: (scene.acts ?? []).filter(({ at }) => at < until) };
  const { status, startedAt } = await play(played);
  const loaded = { spec: readSpec(name, played.spec), status, version: 1, signals: [] };
  return overview({ name, loaded, live, now: startedAt + until * 1000 }, null);
}

test.each([
  [
    "people",
    30,
    "waiting",
    /^v2 is at 5 % and paused, step 2 of 6: 1,500 people met it, no harm found, .*it waits for somebody to resume \(lunch\)\.$/,
  ],
  [
    "blue-green",
    300,
    "waiting",
    /^v2 is getting copies of 20 % and paused, step 3 of 5: nobody met it, it only gets copies, no harm found, .*it waits for an approval/,
  ],
  ["failing-release", 100, "takenBack", /^v2 was rolled back for harm: failures: .* 1,500 people met the canary\.$/],
  ["good-release", 1200, "promoted", /^v2 was promoted: .*v2 serves everybody\.$/],
  ["undecided-holds", 350, "waiting", /too little evidence and waits for somebody to decide\.$/],
  [
    "rounds",
    30,
    "watching",
    /^v2 is at \d+ %, step \d of \d: .*; it goes to \d+ % when .*rounds? of checks ha(s|ve) passed, in [\dms]+ at the soonest\.$/,
  ],
] as const)("%s after %i s", async (name, until, light, sentence) => {
  const found = await seen(name, until);
  expect(found.light).toBe(light);
  expect(found.headline).toMatch(sentence);
});

test("while it runs it says what comes next, and when at the latest", async () => {
  const { headline, next, rollout } = await seen("good-release", 20, { truth: steady(5) });
  expect(headline).toContain(
    "it goes to 25 % as soon as it is shown to be safe, and waits for somebody if that is not so in 4m40s.",
  );
  expect(next?.at).toBe(rollout.enteredAt + 300_000);
});

test("what silence means is the document's word", async () => {
  const spec = { ...(scenes[0].spec as object), whenUndecided: "rollback" };
  expect((await seen("good-release", 20, { spec, truth: steady(5) })).headline).toContain(
    "and is taken back if that is not so in 4m40s",
  );
});

test("nobody's traffic is nobody's harm", async () => {
  const { headline, outlooks, light } = await seen("no-traffic-holds", 60);
  expect(light).toBe("watching");
  expect(headline).toContain("nothing measured yet");
  for (const { harm, safe, safeInMs } of outlooks) expect([harm, safe, safeInMs]).toEqual([0, 0, null]);
});

test("gates stand in the order of their danger, and a harmful one on top", async () => {
  const { outlooks, light } = await seen("slow-release", 6);
  expect(outlooks.map(({ danger }) => danger)).toEqual(outlooks.map(({ danger }) => danger).toSorted((a, b) => b - a));
  expect(outlooks[0].gate).toBe("latency");
  expect(["watching", "harming", "takenBack"]).toContain(light);
});
