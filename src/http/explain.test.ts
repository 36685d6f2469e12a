import { describe, expect, test } from "vitest";
import { quietYaml, yamlOf } from "../../test/http/world.ts";
import { parseKept } from "../document/index.ts";
import { initialStatus } from "../rollout/initial.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { stepsOf } from "../rollout/strategies/index.ts";
import { seriesGate } from "../../test/analysis/made.ts";
import { next, promise, stand } from "./explain.ts";
import { watchPromise, watchView } from "./watched.ts";

const NOW = 1_700_000_000_000;
const spec = parseKept("shop", yamlOf("shop"));
const idle: Status = { ...initialStatus(spec, NOW, "seed"), liveAt: NOW };
const v2 = { revision: "v2", backends: ["http://127.0.0.1:9002"] };

/** In its second step, five minutes of analysis at 5 %. */
const underway: Status = {
  ...idle,
  phase: "progressing",
  release: 3,
  canary: v2,
  steps: stepsOf(spec.strategy),
  step: 1,
  begun: true,
  enteredAt: NOW - 60_000,
  plan: { ...idle.plan, canaryWeight: 500, canary: v2 },
  logHarm: Math.log(12),
};
const over = (more: Partial<Status>): Status => ({ ...underway, phase: "aborted", endedAt: NOW, ...more });
const harm = "Evidence of harm 12 of the 100 that take it back.";

test.each<[Partial<Status>, string]>([
  [idle, "v1 serves everybody; nothing has been released yet."],
  [
    { ...idle, liveAt: null },
    "v1 is to serve everybody, and the router has not yet reported it live; nothing has been released yet.",
  ],
  [underway, `Release 3 of v2 over v1, step 2 of 4: 5 % of traffic meets the canary. ${harm}`],
  [
    { ...underway, liveAt: null },
    `Release 3 of v2 over v1, step 2 of 4: 5 % of traffic is to meet the canary, and the router has not yet reported it live. ${harm}`,
  ],
  [
    { ...underway, plan: { ...underway.plan, canaryWeight: 0, mirrorWeight: 2000 } },
    `Release 3 of v2 over v1, step 2 of 4: 0 % of traffic meets the canary and copies of 20 % go to it. ${harm}`,
  ],
  [{ ...underway, step: 4 }, `Release 3 of v2 over v1, all 4 steps done: 5 % of traffic meets the canary. ${harm}`],
  [{ ...underway, phase: "paused", reason: "lunch." }, `Release 3 of v2 is paused at 5 %: lunch. ${harm}`],
  [
    over({ phase: "promoted", outcome: "promoted", stable: v2, reason: "every step is done" }),
    "v2 was promoted: every step is done. v2 serves everybody.",
  ],
  [
    over({ outcome: "rolledBack", reason: "gate failures" }),
    "v2 was rolled back for harm: gate failures. v1 serves everybody.",
  ],
  [
    over({ outcome: "rolledBack", liveAt: null }),
    "v2 was rolled back for harm. v1 is to serve everybody, and the router has not yet reported it live.",
  ],
  [over({ outcome: "undecided" }), "v2 was taken back without enough evidence either way. v1 serves everybody."],
  [over({ outcome: "unmeasurable" }), "v2 was taken back because it could not be measured. v1 serves everybody."],
  [over({ outcome: "passed" }), "v2 passed and was not to be promoted. v1 serves everybody."],
  [over({ outcome: "aborted", reason: "wrong build" }), "v2 was aborted: wrong build. v1 serves everybody."],
])("where it stands %#", (status, sentence) => {
  expect(stand(spec, status as Status)).toBe(sentence);
});

describe("a watch", () => {
  const watch = {
    plan: 2,
    from: NOW - 60_000,
    forMs: 300_000,
    holdback: 0,
    margin: 2,
    falseReturnEveryMs: 2_592_000_000,
    gates: {},
    logHarm: 0,
    unready: "",
  };
  const watched = over({ phase: "promoted", outcome: "promoted", stable: v2, previous: idle.stable, watch });

  test("is told in where it stands, what comes next and what is promised", () => {
    const status = { ...underway, ...watched } as Status;
    expect(stand(spec, status)).toBe(
      "v2 was promoted. v2 serves everybody. It is watched, v1 is kept warm: nothing measured yet.",
    );
    expect(next(spec, status, NOW)).toMatch(/^The watch ends in 4m and v2 stays; harm takes everybody back to v1/);
    expect(watchPromise(status)).toMatch(
      /at most once in 30d watched, on average: in this watch with probability 0\.012 % at most/,
    );
  });

  test("says who stays behind, and that there is nowhere to go", () => {
    const stuck = { ...watch, holdback: 1000, unready: "the previous does not answer" };
    const status = { ...underway, ...watched, watch: stuck } as Status;
    expect(stand(spec, status)).toBe(
      "v2 was promoted. v2 serves all but 10 %. It is watched, 10 % stay with v1: nothing measured yet. v1 could not take over now, the previous does not answer.",
    );
    expect(watchPromise(status)).toMatch(/within the margins of its gates against those who stayed with v1/);
    expect(watchView(spec, status)).toMatchObject({
      before: "v1",
      forMs: 300_000,
      unready: "the previous does not answer",
    });
  });

  test("is nothing where nothing is watched", () => {
    expect([watchView(spec, underway), watchPromise(underway)]).toEqual([null, ""]);
  });
});

const analysis = (options: object): Partial<Status> => ({
  steps: [{ analyze: { forMs: 300_000, atLeastMs: 0, early: true, ...options } }],
  step: 0,
});

test.each<[Partial<Status>, string, Partial<Spec>?]>([
  [
    {},
    "It goes on when every gate shows safety, and ends within 4m; undecided, it does what whenUndecided says: hold.",
  ],
  [
    analysis({ early: false }),
    "It ends within 4m; undecided, it does what whenUndecided says: rollback.",
    { whenUndecided: "rollback" },
  ],
  [
    { enteredAt: NOW - 400_000 },
    "It goes on when every gate shows safety, and ends within 0s; undecided, it does what whenUndecided says: hold.",
  ],
  [{ steps: [{ pause: { forMs: 90_000 } }], step: 0 }, "It goes on within 30s."],
  [{ step: 0 }, "It goes on by itself."],
  [{ liveAt: null }, "It waits until the router reports plan 1 live."],
  [{ begun: false }, "Step 2 is about to begin."],
  [{ begun: false, reason: "the canary is not ready" }, "It waits: the canary is not ready."],
  [{ step: 4 }, "It is about to be promoted."],
  [{ step: 4, reason: "qa said no: not yet" }, "It waits: qa said no: not yet."],
  [{ phase: "paused", pausedBy: "person" }, "It waits for a person: resume, promote or abort."],
  [
    { phase: "paused", pausedBy: "step", steps: [{ approve: { note: "" } }], step: 0 },
    "It waits for a person: approve or abort.",
  ],
  [
    { phase: "paused", pausedBy: "step", steps: [{ pause: { forMs: null } }], step: 0 },
    "It waits for a person: resume, promote or abort.",
  ],
  [
    { phase: "paused", pausedBy: "undecided" },
    "It waits for evidence or a person: resume gives it its time again, promote goes on, abort takes it back.",
  ],
  [over({ phase: "promoted", previous: v2 }), "The next release begins with `start`. `undo` goes back."],
  [over({ phase: "promoted", previous: null }), "The next release begins with `start`."],
  [over({}), "The next release begins with `start`. `retry` tries the same release again."],
  [idle, "The next release begins with `start`."],
])("what comes next %#", (more, sentence, document = {}) => {
  expect(next({ ...spec, ...document }, { ...underway, ...more }, NOW)).toBe(sentence);
});

describe("the promise", () => {
  test("is this rollout's own", () => {
    const own = parseKept("shop", `${quietYaml("shop")}  promise: { falseRollback: 0.1%, falsePromotion: 5% }\n`);
    expect(promise(own, {})).toMatch(
      /rolled back with probability 0\.1 % at most.*promoted early with probability 5 % at most/,
    );
  });

  test("says how weak what a series gate adds is, where it acts", () => {
    const own = parseKept("shop", quietYaml("shop"));
    const gates = [seriesGate(), seriesGate({ history: null }, { name: "dry", dryRun: true })];
    expect(promise({ ...own, gates }, {})).toContain(
      "What load adds is time-series grade: it holds as far as the A/A history resembles this release.",
    );
  });
});
