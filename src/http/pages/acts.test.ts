import { describe, expect, test } from "vitest";
import { liveOf } from "../../../test/live.ts";
import { play, readSpec, type Scene } from "../../sim/play.ts";
import { scenes } from "../../sim/scenarios/index.ts";
import { acts, type Moment } from "./acts.ts";

const live = liveOf({ requests: 90_000, units: 15_000 }, { requests: 9000, units: 1500 });

const sceneOf = (name: string): Scene => {
  const found = scenes.find((scene) => scene.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  return found;
};

/** A scene so many seconds in. */
async function moment(name: string, until: number): Promise<Moment> {
  const scene = sceneOf(name);
  const { status, startedAt } = await play({
    ...scene,
    until,
    acts: (scene.acts ?? []).filter(({ at }) => at < until),
  });
  return { spec: readSpec(name, scene.spec), status, live, now: startedAt + until * 1000 };
}

const offered = async (name: string, until: number) =>
  acts(await moment(name, until)).map(({ verb, label, weight }) => `${verb} | ${label} | ${weight / 100} %`);

describe("what can be done", () => {
  test.each([
    ["watch", 100, ["promote | End the watch | 100 %", "abort | Take v2 back | 0 %"]],
    [
      "good-release",
      10,
      [
        "promote | Go on to 25 % | 25 %",
        "promoteFull | Give everybody v2 | 100 %",
        "pause | Hold at 5 % | 5 %",
        "abort | Take v2 back | 0 %",
      ],
    ],
    [
      "people",
      30,
      [
        "resume | Resume | 5 %",
        "promote | Go on to 25 % | 25 %",
        "promoteFull | Give everybody v2 | 100 %",
        "abort | Take v2 back | 0 %",
      ],
    ],
    ["blue-green", 300, ["approve | Approve to 100 % | 100 %", "abort | Take v2 back | 0 %"]],
    ["failing-release", 100, ["retry | Try v2 again | 5 %"]],
    ["good-release", 1200, ["undo | Go back to v1 | 0 %"]],
  ])("%s after %i s", async (name, until, expected) => {
    expect(await offered(name, until)).toEqual(expected);
  });
});

test("an act says for how many, and nothing is counted where nobody counts", async () => {
  const now = await moment("good-release", 10);
  const consequences = Object.fromEntries(acts(now).map(({ verb, consequence }) => [verb, consequence]));
  expect(consequences["promote"]).toBe(
    "v2 goes to 25 % of traffic, about 4,125 of the 16,500 people that came so far, step 3 of 6.",
  );
  expect(consequences["abort"]).toBe("v1 serves everybody again; 1,500 people met the canary so far.");
  const uncounted = acts({ ...now, live: null })
    .map(({ consequence }) => consequence)
    .join(" ");
  expect(uncounted).not.toMatch(/people|null|NaN/);
});

test("what an act promises is what follows when it is done", async () => {
  const now = await moment("good-release", 10);
  for (const { verb, weight } of acts(now)) {
    const scene = sceneOf("good-release");
    const { status } = await play({ ...scene, until: 11, acts: [{ at: 10, signal: { verb, by: "ann" } }] });
    const got = status.phase === "promoted" ? 10_000 : status.plan.canaryWeight;
    expect([verb, got]).toEqual([verb, weight]);
  }
});

test("looking changes nothing", async () => {
  const now = await moment("good-release", 10);
  const before = JSON.stringify(now.status);
  acts(now);
  expect(JSON.stringify(now.status)).toBe(before);
});
