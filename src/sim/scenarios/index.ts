/** Scenes whose whole timeline is kept beside them as a golden file: behaviour is reviewed as a diff of sentences. */
import type { Signal } from "../../rollout/signals.ts";
import type { Scene } from "../play.ts";
import { amounting, failing, good, slower, steady } from "./truths.ts";
import { watches } from "./watches.ts";

const arms = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
};
const short = { canary: { weights: [5, 25, 50], stage: "5m", atLeast: "30s" } };
const says = (at: number, verb: Signal["verb"], more: Partial<Signal> = {}) => ({
  at,
  signal: { verb, by: "ann", ...more },
});
const judgedBySeries = {
  name: "series",
  kayenta: {
    step: "10s",
    interval: "2m",
    metrics: [
      { value: "failureRate", direction: "increase", groups: ["errors"] },
      { value: "p50", direction: "increase", groups: ["latency"] },
      { value: "p99", direction: "increase", groups: ["latency"] },
    ],
  },
};
const tokens = {
  name: "tokens",
  mean: { cap: 4000, margin: { ratio: 1.15 }, limit: { ratio: 1.3 }, unit: "tokens" },
};
/** Intervals of both versions while they were the same: neighbours hardly resemble each other. */
const alike = Array.from({ length: 60 }, (_, i) => [100 + ((i * i * 7) % 11), 100 + ((i * i * i * 5) % 13)]);
const load = {
  name: "load",
  source: { prometheus: {} },
  series: { every: "10s", margin: { ratio: 1.1 }, limit: { ratio: 1.2 }, history: alike },
};
const base = { spec: { ...arms, strategy: short }, truth: steady(400), until: 1200, seed: 1 };

const limit = { name: "success", threshold: { value: "successRate", min: 0.99, every: "1m" } };
const hurried = { value: "successRate", min: 0.97, every: "10s", failures: 2 };
const ramp = (check: object) => [20, 40].flatMap((weight) => [{ setWeight: weight }, { check }]);

export const scenes: readonly Scene[] = [
  { ...base, name: "good-release", about: "A release that is as good as stable is promoted early, stage by stage." },
  {
    ...base,
    name: "failing-release",
    about: "A release that fails ten times as often is taken back in its first stage.",
    truth: steady(400, good, failing(0.05)),
    until: 120,
  },
  {
    ...base,
    name: "slow-release",
    about: "A release that fails no more but answers half as fast is taken back.",
    truth: steady(400, good, slower(2)),
    until: 300,
  },
  {
    ...base,
    name: "late-fault",
    about: "A fault that begins at minute six, in the second or third stage, is found within seconds.",
    truth: { ...steady(400), canary: (second) => (second < 360 ? good : failing(0.05)) },
    spec: { ...arms, strategy: { canary: { weights: [5, 25, 50], stage: "5m", early: false } } },
  },
  {
    ...base,
    name: "limits-of-steps",
    about: "A limit of one step is done with it; one that looks from a later step on takes a late fault back.",
    truth: { ...steady(400), canary: (second) => (second < 200 ? good : failing(0.05)) },
    spec: {
      ...arms,
      strategy: {
        canary: {
          steps: [
            { setWeight: 0 },
            { analyze: { for: "1m", atLeast: "30s" } },
            { setWeight: 5 },
            { analyze: { for: "2m", atLeast: "90s" } },
            { setWeight: 25 },
            { analyze: { for: "5m", atLeast: "5m" } },
          ],
        },
      },
      gates: [
        { name: "smoke", threshold: { ...hurried, arm: "stable", during: { from: 2, to: 2 } } },
        { name: "early", threshold: { ...hurried, during: { from: 4, to: 4 } } },
        { name: "late", threshold: { ...hurried, during: { from: 6 } } },
      ],
    },
    until: 400,
  },
  {
    ...base,
    name: "shared-shock",
    about: "Both arms fail for a minute: that is no fault of the canary.",
    truth: {
      ...steady(400),
      stable: (second) => failing(second >= 60 && second < 120 ? 0.2 : 0.005),
      canary: (second) => failing(second >= 60 && second < 120 ? 0.2 : 0.005),
    },
    spec: { ...arms, strategy: { canary: { weights: [5, 25], stage: "5m", early: false } } },
  },
  {
    ...base,
    name: "no-traffic-holds",
    about: "Nobody comes: the stage's deadline passes and the release holds, it is not promoted.",
    truth: steady(0),
    until: 600,
  },
  {
    ...base,
    name: "no-traffic-rolls-back",
    about: "Nobody comes and the document asks for a rollback of the undecided: it ends as unmeasurable.",
    truth: steady(0),
    spec: { ...arms, strategy: short, whenUndecided: "rollback" },
    until: 600,
  },
  {
    ...base,
    name: "undecided-holds",
    about: "Too little traffic to know: the stage holds after its deadline until a person goes on.",
    truth: steady(2),
    acts: [says(400, "promote"), says(800, "promoteFull", { why: "tested by hand" })],
    until: 900,
  },
  {
    ...base,
    name: "undecided-advances",
    about: "Too little traffic to know, and the document says to advance.",
    truth: steady(2),
    spec: { ...arms, strategy: { canary: { weights: [5, 25], stage: "2m" } }, whenUndecided: "advance" },
    until: 400,
  },
  {
    ...base,
    name: "source-outage",
    about: "The sources are away for four minutes: nothing passes, nothing is taken back, then it goes on.",
    trouble: { sources: [40, 280] },
  },
  {
    ...base,
    name: "router-outage",
    about: "The router cannot be told: a step counts as entered when the router reports it, not before.",
    trouble: { router: [250, 300] },
  },
  {
    ...base,
    name: "rollback-untold",
    about: "Harm is found while the router is away: it is told as soon as it is back.",
    truth: steady(400, good, failing(0.05)),
    trouble: { router: [3, 33] },
    until: 120,
  },
  {
    ...base,
    name: "canary-not-ready",
    about: "The canary does not come up for a minute: nobody is sent to it before it does.",
    trouble: { canary: [0, 60] },
    until: 200,
  },
  {
    ...base,
    name: "control-crash",
    about: "The control process dies twice and comes back: evidence goes on where it was.",
    acts: [
      { at: 20, crash: 15 },
      { at: 60, crash: 40 },
    ],
  },
  {
    ...base,
    name: "people",
    about: "A person pauses, resumes, aborts, tries again, promotes in full and goes back.",
    acts: [
      says(10, "pause", { why: "lunch" }),
      says(70, "resume"),
      says(80, "approve"),
      says(90, "abort", { why: "wrong build" }),
      says(120, "retry"),
      says(125, "start"),
      says(140, "promoteFull", { why: "hotfix" }),
      says(200, "undo", { why: "wrong hotfix" }),
      says(220, "undo"),
    ],
    until: 300,
  },
  {
    ...base,
    name: "next-release",
    about: "After a promotion the canary is stable, and the next release begins with no restart.",
    acts: [says(700, "start", { canary: { revision: "v3", backends: ["http://127.0.0.1:9003"] } })],
    until: 1500,
  },
  {
    ...base,
    name: "document-edited",
    about: "The document names another canary in mid-release: the one under way is taken back and the new one begins.",
    acts: [
      { at: 60, edit: { ...arms, canary: { revision: "v3", backends: ["http://127.0.0.1:9003"] }, strategy: short } },
    ],
    until: 300,
  },
  {
    ...base,
    name: "blue-green",
    about: "Copies first, then approval, then everybody at once, and a bake.",
    spec: { ...arms, strategy: { blueGreen: { mirror: 20, check: "3m", approve: true, bake: "1m" } } },
    acts: [says(400, "approve")],
    until: 600,
  },
  {
    ...base,
    name: "ab-test",
    about: "A fixed share for a fixed time, then a person decides.",
    spec: { ...arms, strategy: { abTest: { weight: 50, for: "5m" } } },
    acts: [says(400, "approve")],
    until: 500,
  },
  {
    ...base,
    name: "shadow",
    about: "Nobody meets the new revision; its copies pass and the release ends without a promotion.",
    spec: { ...arms, strategy: { shadow: { share: 20, for: "5m" } } },
    until: 400,
  },
  {
    ...base,
    name: "shadow-fails",
    about: "Copies fail: the shadow release is taken back although nobody met it.",
    spec: { ...arms, strategy: { shadow: { share: 20, for: "5m" } } },
    truth: steady(400, good, failing(0.1)),
    until: 400,
  },
  {
    ...base,
    name: "dry-run",
    about: "A dry-run gate says fail and nothing follows from it.",
    truth: steady(400, good, failing(0.05)),
    spec: { ...arms, strategy: short, gates: [{ name: "failures", dryRun: true, failures: {} }] },
  },
  {
    ...base,
    name: "threshold",
    about: "A fixed limit, as Flagger has it: five checks out of range take the release back.",
    truth: steady(400, good, failing(0.05)),
    spec: {
      ...arms,
      strategy: short,
      gates: [{ name: "success", threshold: { value: "successRate", min: 0.99, every: "30s", failures: 5 } }],
    },
    until: 400,
  },
  {
    ...base,
    name: "kayenta",
    about:
      "Values by the ten seconds, judged as Kayenta judges: the first judgement takes back what answers half as fast.",
    truth: steady(400, good, slower(2)),
    spec: { ...arms, strategy: short, gates: [judgedBySeries] },
    until: 300,
  },
  {
    ...base,
    name: "kayenta-passes",
    about:
      "Values by the ten seconds, judged as Kayenta judges: a good release passes each stage at its first judgement.",
    spec: { ...arms, strategy: short, gates: [judgedBySeries] },
    until: 600,
  },
  {
    ...base,
    name: "mean",
    about: "A release that needs 40 % more tokens for the same work is taken back.",
    truth: steady(40, amounting(1), amounting(1.4)),
    spec: { ...arms, strategy: short, gates: [tokens] },
    until: 300,
  },
  {
    ...base,
    name: "mean-passes",
    about: "A release that needs no more tokens is shown not to, stage by stage.",
    truth: steady(40, amounting(1), amounting(1)),
    spec: { ...arms, strategy: short, gates: [tokens] },
    until: 900,
  },
  {
    ...base,
    name: "mean-pairs",
    about: "Copies are compared with what they are copies of: lower scores end a shadow release.",
    truth: steady(40, amounting(1), amounting(0.5)),
    spec: {
      ...arms,
      strategy: { shadow: { share: 20, for: "5m" } },
      gates: [
        {
          name: "scores",
          mean: { cap: 1000, worse: "lower", margin: { amount: 20 }, limit: { amount: 60 }, pairs: true },
        },
      ],
    },
    until: 400,
  },
  {
    ...base,
    name: "series",
    about: "One number every ten seconds, with an A/A history: a load that is 40 % higher takes minutes to be told.",
    truth: steady(40, amounting(1), amounting(1.4)),
    spec: { ...arms, strategy: { canary: { weights: [25], stage: "20m" } }, gates: [load] },
    until: 900,
  },
  {
    ...base,
    name: "series-without-history",
    about: "The same without an A/A history: it is reported, and nothing follows from it.",
    truth: steady(40, amounting(1), amounting(1.4)),
    spec: {
      ...arms,
      strategy: { canary: { weights: [25], stage: "10m" } },
      gates: [{ ...load, series: { ...load.series, history: undefined, block: 3 } }],
    },
    until: 700,
  },
  {
    ...base,
    name: "hooks",
    about: "Hooks confirm the start late, object to more traffic for a while, and one asks for a rollback.",
    spec: {
      ...arms,
      strategy: short,
      hooks: [
        { name: "change-window", on: "confirmRollout", url: "http://127.0.0.1:9/window" },
        { name: "more", on: "confirmTrafficIncrease", url: "http://127.0.0.1:9/more" },
        { name: "pager", on: "rollback", url: "http://127.0.0.1:9/pager" },
      ],
    },
    trouble: {
      hooks: {
        "change-window": [
          [0, { said: "no", reason: "403: closed" }],
          [30, { said: "yes", reason: "" }],
        ],
        more: [
          [0, { said: "yes", reason: "" }],
          [60, { said: "error", reason: "no route to host" }],
          [400, { said: "yes", reason: "" }],
        ],
        pager: [
          [0, { said: "no", reason: "404" }],
          [450, { said: "yes", reason: "somebody was paged" }],
        ],
      },
    },
  },
  {
    ...base,
    name: "rounds",
    about: "Rounds of checks: one interval, one round, and each that passes moves the share on.",
    spec: { ...arms, strategy: { canary: { steps: ramp({ every: "1m", failures: 3 }) } }, gates: [limit] },
    until: 400,
  },
  {
    ...base,
    name: "rounds-fail",
    about: "Failed rounds move nothing and add up; after the third the next round takes the release back.",
    truth: steady(400, good, failing(0.05)),
    spec: { ...arms, strategy: { canary: { steps: ramp({ every: "1m", failures: 3 }) } }, gates: [limit] },
    until: 400,
  },
  {
    ...base,
    name: "rounds-hooks",
    about:
      "Hooks fail rounds with the limits, a failed rehearsal counts too, and rounds go on while a promotion waits.",
    spec: {
      ...arms,
      strategy: { canary: { steps: ramp({ every: "1m", failures: 3 }) } },
      gates: [limit],
      hooks: [
        { name: "rehearsal", on: "preRollout", url: "http://127.0.0.1:9/rehearsal", every: "1m" },
        { name: "smoke", on: "rollout", url: "http://127.0.0.1:9/smoke" },
        { name: "boss", on: "confirmPromotion", url: "http://127.0.0.1:9/boss", every: "1m" },
      ],
    },
    trouble: {
      hooks: {
        rehearsal: [
          [0, { said: "no", reason: "500" }],
          [30, { said: "yes", reason: "" }],
        ],
        smoke: [
          [130, { said: "no", reason: "500: red" }],
          [190, { said: "yes", reason: "" }],
          [400, { said: "no", reason: "500: red again" }],
        ],
        boss: [[0, { said: "no", reason: "403" }]],
      },
    },
    until: 600,
  },
  {
    ...base,
    name: "rounds-silent",
    about: "Nobody comes: rounds without data neither pass nor fail, and nothing moves.",
    truth: steady(0),
    spec: { ...arms, strategy: { canary: { steps: ramp({ every: "1m", failures: 2 }) } }, gates: [limit] },
    until: 400,
  },
  {
    ...base,
    name: "rounds-silence-fails",
    about: "Nobody comes, and the document counts rounds without data as failed, as Flagger does.",
    truth: steady(0),
    spec: {
      ...arms,
      strategy: { canary: { steps: ramp({ every: "1m", failures: 2, unanswered: "fails" }) } },
      gates: [limit],
    },
    until: 400,
  },
  {
    ...base,
    name: "rounds-paused",
    about: "A person's pause and a crash of the control process make up for no round that was missed.",
    spec: { ...arms, strategy: { canary: { steps: ramp({ every: "1m", failures: 3 }) } }, gates: [limit] },
    acts: [says(30, "pause", { why: "lunch" }), says(330, "resume"), { at: 380, crash: 200 }],
    until: 800,
  },
  {
    ...base,
    name: "planned-window",
    about: "Three hundred failures are planned to be looked at: within them harm is found by the exact mark.",
    truth: { ...steady(400), canary: (second) => (second < 30 ? good : failing(0.02)) },
    spec: {
      ...arms,
      strategy: { canary: { weights: [10], stage: "5m", early: false } },
      gates: [{ name: "failures", failures: { planned: 300 } }],
    },
    until: 400,
  },
  {
    ...base,
    name: "planned-window-over",
    about: "A good release outlives its planned window: what is left of the budget guards the rest of it.",
    spec: {
      ...arms,
      strategy: { canary: { weights: [10], stage: "5m", early: false } },
      gates: [{ name: "failures", failures: { planned: 100 } }],
      whenUndecided: "advance",
    },
    until: 400,
  },
  {
    ...base,
    name: "by-requests",
    about: "Requests are counted, not people: until it is known that they do not fail in bursts they count for less.",
    truth: steady(400, good, failing(0.05)),
    spec: {
      ...arms,
      strategy: short,
      gates: [{ name: "failures", failures: { count: "requests" } }],
    },
    until: 120,
  },
  ...watches,
];
