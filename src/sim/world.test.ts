/** The simulated world keeps the contracts of the ports that it stands behind. */
import { clockContract } from "../../test/contract/clock.ts";
import { metricSourceContract } from "../../test/contract/metric-source.ts";
import { routerContract } from "../../test/contract/router.ts";
import { workloadContract } from "../../test/contract/workload.ts";
import type { Counts } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { VirtualClock } from "./clock.ts";
import { failing, good, steady } from "./scenarios/truths.ts";
import { World, type Trouble } from "./world.ts";

const START = Date.UTC(2026, 0, 1);
const stable = { revision: "v1", backends: ["http://127.0.0.1:9001"] };
const canary = { revision: "v2", backends: ["http://127.0.0.1:9002"] };

function begin(trouble: Trouble = {}) {
  const clock = new VirtualClock(START);
  return { clock, world: new World(clock, steady(50, good, failing(0.2)), 1, trouble) };
}

clockContract("the virtual clock", () => {
  const clock = new VirtualClock(START);
  return { clock, pass: (ms) => clock.passFor(ms) };
});

/** Applying takes a moment of the world's own time. */
const inItsTime = ({ clock, world }: ReturnType<typeof begin>) => ({
  read: () => world.router.read(),
  apply: async (plan: TrafficPlan) => {
    const applying = world.router.apply(plan);
    await Promise.all([applying, clock.passFor(1000)]);
  },
});

routerContract("the simulated world", {
  open: async () => ({ router: inItsTime(begin()), stable, canary, close: async () => {} }),
  carriesNothing: "its traffic is drawn when it is measured",
});

const SECONDS = 20;
const plan: TrafficPlan = {
  version: 1,
  rollout: "shop",
  salt: "s",
  canaryWeight: 4000,
  mirrorWeight: 0,
  unit: { request: {} },
  matches: [],
  stable,
  canary,
};
const counts: Query & { ask: "counts" } = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live" };

async function recorded() {
  const { clock, world } = begin({ sources: [SECONDS + 10, SECONDS + 20] });
  await inItsTime({ clock, world }).apply(plan);
  const from = START + 2000;
  await clock.pass(from + SECONDS * 1000);
  const source = world.source();
  const window = { from, to: from + SECONDS * 1000 };
  const whole = await source.measure(counts, window, new AbortController().signal);
  const sum = (arm: "stable" | "canary"): Counts =>
    (whole.kind === "counts" ? whole.ticks : [])
      .map((tick) => tick[arm])
      .reduce((a, b) => ({ n: a.n + b.n, bad: a.bad + b.bad }), { n: 0, bad: 0 });
  return {
    source,
    window,
    stable: sum("stable"),
    canary: sum("canary"),
    cuts: [from + 3000, from + 3500, from + 11_000],
    break: () => clock.pass(START + (SECONDS + 11) * 1000),
    close: async () => {},
  };
}

metricSourceContract("the simulated world", {
  open: recorded,
  counts,
  histogram: { ask: "histogram", count: "requests", traffic: "live" },
  value: { ask: "value", value: "p90", arm: "canary" },
});

workloadContract("the simulated world", {
  async open() {
    const { world } = begin();
    return {
      workload: world.workload,
      become: async (arm, state) => world.become(arm, state),
      withoutCanary: async () => world.become("canary", "absent"),
      close: async () => {},
    };
  },
});
