/** Scenes of what comes after a promotion: somebody gives everybody the new revision after a minute, and it is watched. */
import type { Scene } from "../play.ts";
import { failing, good, steady } from "./truths.ts";

const arms = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
};
const says = (at: number, verb: "promoteFull" | "abort" | "start" | "pause" | "undo", more: object = {}) => ({
  at,
  signal: { verb, by: "ann", ...more },
});

const strategy = { canary: { weights: [25], stage: "5m" } };
const watched = (settings: object = {}) => ({ ...arms, strategy, afterPromotion: { watch: "5m", ...settings } });
const promoted = says(60, "promoteFull");
/** Fails ten times as often from a second on. */
const breaks = (from: number) => ({
  ...steady(100),
  canary: (second: number) => (second < from ? good : failing(0.05)),
});
const during = (second: number, from: number, to: number) => second >= from && second < to;

const elsewhere = { revision: "v2", backends: ["http://127.0.0.1:9022"] };
const base = { spec: watched(), truth: steady(100), acts: [promoted], until: 600, seed: 1 };

export const watches: readonly Scene[] = [
  {
    ...base,
    spec: { ...watched(), hooks: [{ name: "scale-down", on: "postRollout", url: "http://127.0.0.1:9/scale-down" }] },
    name: "watch",
    about: "What was promoted is watched for five minutes with the revision before kept warm, and stays.",
  },
  {
    ...base,
    name: "watch-returns",
    about: "A fault begins two minutes after the promotion: everybody is back with the revision before within seconds.",
    truth: breaks(180),
  },
  {
    ...base,
    name: "watch-holdback",
    about: "A tenth stay behind to compare with: an outage that hits both is no harm, a fault of the new revision is.",
    spec: watched({ holdback: 10 }),
    truth: {
      ...steady(400),
      stable: (second) => (during(second, 120, 150) ? failing(0.3) : good),
      canary: (second) => (during(second, 120, 150) ? failing(0.3) : second < 200 ? good : failing(0.05)),
    },
  },
  {
    ...base,
    name: "watch-shock",
    about:
      "Without a holdback an outage that would hit both revisions looks like harm: everybody goes back for nothing.",
    truth: {
      ...steady(100),
      stable: (second) => (during(second, 120, 150) ? failing(0.3) : good),
      canary: (second) => (during(second, 120, 150) ? failing(0.3) : good),
    },
  },
  {
    ...base,
    name: "watch-nowhere-to-go",
    about: "Harm is found while the revision before is down: nobody is sent there before it is up again.",
    truth: breaks(180),
    trouble: { previous: [150, 260] },
  },
  {
    ...base,
    name: "watch-next-release",
    about: "The next release ends the watch: what was promoted is its stable.",
    acts: [promoted, says(120, "start", { canary: { revision: "v3", backends: ["http://127.0.0.1:9003"] } })],
    until: 300,
  },
  {
    ...base,
    name: "watch-people",
    about:
      "A person cannot pause a watch, ends it as trusted; undo still goes back, and a watch is ended by abort as well.",
    acts: [
      promoted,
      says(100, "pause"),
      says(120, "promoteFull", { why: "all dashboards are green" }),
      says(140, "undo"),
      says(160, "start"),
      says(180, "promoteFull"),
      says(200, "abort", { why: "customers called" }),
    ],
    until: 300,
  },
  {
    ...base,
    name: "watch-crash",
    about: "The control process dies for a minute in a watch: what came meanwhile is looked at when it is back.",
    truth: breaks(180),
    acts: [promoted, { at: 150, crash: 60 }],
  },
  {
    ...base,
    name: "watch-sources-away",
    about: "The sources are away for the whole watch: it ends by its time and says that nothing was measured.",
    trouble: { sources: [55, 600] },
  },
  {
    ...base,
    name: "watch-nobody",
    about: "Nobody comes: there is no level to watch by, and the watch says so in its end.",
    truth: steady(0),
  },
  {
    ...base,
    name: "watch-document",
    about:
      "The document follows the promotion: the canary on another address, then as stable on yet another, and then it names a third revision.",
    acts: [
      promoted,
      { at: 120, edit: { ...watched(), canary: elsewhere } },
      {
        at: 150,
        edit: { ...watched(), canary: elsewhere, stable: { revision: "v2", backends: ["http://127.0.0.1:9012"] } },
      },
      {
        at: 180,
        edit: { ...watched(), canary: elsewhere, stable: { revision: "v4", backends: ["http://127.0.0.1:9004"] } },
      },
    ],
    until: 300,
  },
];
