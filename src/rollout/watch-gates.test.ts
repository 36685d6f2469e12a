import { expect, test } from "vitest";
import { due } from "./due.ts";
import { initialStatus } from "./initial.ts";
import { specSchema, type Spec } from "./spec.ts";
import type { Status } from "./status.ts";
import { baselineWindow, watchedGates } from "./watch-gates.ts";
import type { Watch } from "./watch.ts";

const NOW = 1_700_000_007_000;
const gates = [
  { name: "failures", failures: { planned: 500 } },
  { name: "latency", latency: {} },
  { name: "limit", threshold: { value: "p99", max: 500 } },
];
const specOf = (more: object = {}): Spec => ({
  name: "shop",
  ...specSchema.parse({ stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] }, gates, ...more }),
});
const watch: Watch = {
  plan: 2,
  from: NOW,
  forMs: 60_000,
  holdback: 0,
  margin: 2,
  falseReturnEveryMs: 2_592_000_000,
  gates: {},
  logHarm: 0,
  unready: "",
};

test("against a level only failures watch, request by request and with no window of their own", () => {
  const [one, ...rest] = watchedGates(specOf(), { holdback: 0 });
  expect(rest).toEqual([]);
  expect(one).toMatchObject({ name: "failures", failures: { count: "requests" } });
  expect(one.kind === "failures" && "planned" in one.failures).toBe(false);
});

test("against people held back all that prove rates watch, counted as ever", () => {
  const watching = watchedGates(specOf(), { holdback: 500 });
  expect(watching.map(({ name }) => name)).toEqual(["failures", "latency"]);
  expect(watching[0]).toMatchObject({ failures: { count: "units" } });
});

test("a level is measured from the release's last ten minutes, on the grid of a source that has one", () => {
  const [gate] = watchedGates(specOf(), { holdback: 0 });
  expect(baselineWindow(gate, watch, NOW - 3_600_000)).toEqual({ from: NOW - 600_000, to: NOW });
  expect(baselineWindow(gate, watch, NOW - 5000)).toEqual({ from: NOW - 5000, to: NOW });
  const paced = { ...gate, source: { prometheus: { interval: 15_000, delay: 5000 } } };
  const { from, to } = baselineWindow(paced, watch, NOW - 3_600_000);
  expect([from % 15_000, to % 15_000, NOW - to < 15_000]).toEqual([0, 0, true]);
});

test("the level is asked for first, then what has come since, and each time whether there is somewhere to go", () => {
  const spec = specOf();
  const status: Status = { ...initialStatus(spec, NOW - 60_000, "seed"), phase: "promoted", liveAt: NOW, watch };
  const looks = (at: Status) =>
    due(spec, at, NOW + 1000).map((one) =>
      one.look === "gate" ? one.window : one.look === "ready" ? one.arm : one.look,
    );
  expect(looks(status)).toEqual(["plan", "previous", { from: NOW - 60_000, to: NOW }]);
  const known = { ...watch, gates: { failures: {} as Watch["gates"][string] } };
  expect(looks({ ...status, watch: known, measuredTo: { failures: NOW } })).toEqual([
    "plan",
    "previous",
    { from: NOW, to: NOW + 1000 },
  ]);
  expect(looks({ ...status, liveAt: null })).toEqual(["plan"]);
  expect(looks({ ...status, watch: { ...watch, from: 0 } })).toEqual(["plan"]);
});
