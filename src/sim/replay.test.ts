/** Whatever happened, its record decides the same again; and a record that was changed is noticed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Measurement } from "../analysis/measurement.ts";
import { FORMULA } from "../analysis/formula.ts";
import { signalVerbs } from "../rollout/signals.ts";
import { play, readSpec, type Act, type Played, type Scene } from "./play.ts";
import { replay, replaySentence, type Past } from "./replay.ts";
import { scenes } from "./scenarios/index.ts";
import { failing, good, slower, steady } from "./scenarios/truths.ts";
import type { Trouble } from "./world.ts";

const again = (past: Past, scene: Scene, release: number) => replay(past, scene.name, release, readSpec);
const everyRelease = ({ status }: Played) => Array.from({ length: status.release + 1 }, (_, release) => release);

const arms = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
};
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    at: fc.integer({ min: 1, max: 40 }),
    signal: fc.record({ verb: fc.constantFrom(...signalVerbs), by: fc.constant("ann") }),
  }),
  fc.record({ at: fc.integer({ min: 1, max: 40 }), crash: fc.integer({ min: 1, max: 10 }) }),
  fc.record({
    at: fc.integer({ min: 1, max: 40 }),
    edit: fc.constantFrom("v3", "v4").map((revision) => ({ ...arms, canary: { ...arms.canary, revision } })),
  }),
);
const span = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 30 }))
  .map(([a, b]) => [a, a + b] as const);
const strategy = fc.constantFrom(
  { canary: { weights: [5, 50], stage: "15s", atLeast: "5s" } },
  { blueGreen: { mirror: 20, check: "15s" } },
  { abTest: { weight: 30, for: "20s" } },
  { canary: { steps: [{ setWeight: 10 }, { pause: {} }, { approve: {} }, { analyze: { for: "20s" } }] } },
);
const gates = fc.constantFrom(
  [
    { name: "failures", failures: {} },
    { name: "latency", latency: {} },
  ],
  [{ name: "points", failures: { margin: { points: 0.01 }, count: "requests" } }],
  [
    { name: "limit", threshold: { value: "successRate", min: 0.99, every: "5s", failures: 2 } },
    { name: "common", dryRun: true, failures: { limit: { ratio: 1.5 } } },
  ],
);

/** A scene of under a minute in which anything may go wrong. */
const anyScene: fc.Arbitrary<Scene> = fc
  .record({
    strategy,
    gates,
    whenUndecided: fc.constantFrom("hold", "advance", "rollback"),
    rate: fc.constantFrom(0, 3, 60),
    canary: fc.constantFrom(good, failing(0.2), slower(3)),
    acts: fc.array(act, { maxLength: 4 }),
    trouble: fc.record({ router: span, sources: span, canary: span }, { requiredKeys: [] }) as fc.Arbitrary<Trouble>,
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ rate, canary, acts, trouble, seed, ...spec }) => ({
    name: "any",
    about: "",
    spec: { ...arms, ...spec },
    truth: steady(rate, good, canary),
    acts,
    trouble,
    until: 50,
    seed,
  }));

test("any scene decides the same again", async () => {
  await fc.assert(
    fc.asyncProperty(anyScene, async (scene) => {
      const played = await play(scene);
      for (const release of everyRelease(played)) {
        const { difference } = await again(played.store, scene, release);
        expect(difference).toBeNull();
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);

/** One more failure on the canary in the last tick that has any. */
function tampered(measurement: Measurement): Measurement {
  if (measurement.kind !== "counts") return measurement;
  const ticks = measurement.ticks.map((tick) => ({ ...tick, canary: { n: tick.canary.n + 1, bad: tick.canary.bad } }));
  return { ...measurement, ticks };
}

const failingScene = scenes.find(({ name }) => name === "failing-release") as Scene;

test("a measurement that was changed afterwards is noticed, with the version and the part", async () => {
  const { store } = await play(failingScene);
  const records = await store.measurements(failingScene.name, { release: 1, gate: "failures", limit: 1000 });
  const counted = records.filter(({ measurement }) => measurement.kind === "counts");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...counted), async ({ version }) => {
      const past: Past = changed(store, {
        measurements: async (name, options) =>
          (await store.measurements(name, options)).map((record) =>
            record.version === version && record.gate === "failures"
              ? { ...record, measurement: tampered(record.measurement) }
              : record,
          ),
      });
      const { difference } = await again(past, failingScene, 1);
      expect(difference?.version).toBe(version);
      expect(difference?.field).toMatch(/^(evidence.failures|events|decision)/);
    }),
    { numRuns: 10 },
  );
});

function changed(store: Past, more: Partial<Past>): Past {
  return {
    commits: (name, options) => store.commits(name, options),
    measurements: (name, options) => store.measurements(name, options),
    beginning: (name, release) => store.beginning(name, release),
    documents: (name) => store.documents(name),
    load: (name) => store.load(name),
    ...more,
  };
}

test("an event, a moment, a document or a missing commit is noticed too", async () => {
  const { store } = await play(failingScene);
  const commits = (change: (page: Awaited<ReturnType<Past["commits"]>>) => typeof page) =>
    changed(store, { commits: async (name, options) => change(await store.commits(name, options)) });
  const told = commits((page) =>
    page.map((commit) => ({ ...commit, events: commit.events.map((event) => ({ ...event, at: event.at + 1 })) })),
  );
  expect((await again(told, failingScene, 1)).difference?.field).toBe("events.0.at");
  const late = commits((page) =>
    page.map((commit, i) => (i < 5 ? commit : { ...commit, inputs: { ...commit.inputs, now: commit.inputs.now + 1 } })),
  );
  expect((await again(late, failingScene, 1)).difference).not.toBeNull();
  const gap = commits((page) => page.filter((_, i) => i !== 4));
  expect((await again(gap, failingScene, 1)).difference?.recorded).toMatch(/^nothing of versions/);
  const milder = changed(store, {
    documents: async () => [
      { version: 0, document: { ...(failingScene.spec as object), promise: { falseRollback: "2%" } } },
    ],
  });
  expect((await again(milder, failingScene, 1)).difference).not.toBeNull();
});

test("a status that was changed in the store is told to the very field", async () => {
  const { store } = await play(failingScene);
  const past = changed(store, {
    load: async (name) => {
      const loaded = await store.load(name);
      return loaded && { ...loaded, status: { ...loaded.status, stable: { ...loaded.status.stable, revision: "v9" } } };
    },
  });
  const replayed = await again(past, failingScene, 1);
  expect(replayed.difference).toMatchObject({ field: "stable.revision", recorded: '"v9"', replayed: '"v1"' });
  expect(replaySentence("shop", replayed, () => "12:00")).toMatch(
    /^Release 1 of shop does not agree with its record: at version \d+ \(12:00\) stable.revision was "v9" and comes out as "v1"\.$/,
  );
});

test("what is not kept, or was decided by other mathematics, is said and not called a difference", async () => {
  const { store } = await play(failingScene);
  await expect(again(store, failingScene, 7)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const older = changed(store, {
    commits: async (name, options) =>
      (await store.commits(name, options)).map((commit) => ({
        ...commit,
        inputs: { ...commit.inputs, formula: FORMULA + 1 },
      })),
  });
  await expect(again(older, failingScene, 1)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("the record of a decision is short", async () => {
  const { store } = await play({ ...failingScene, truth: steady(400), until: 120 });
  const commits = await store.commits(failingScene.name, { release: 1, limit: 1000 });
  const bytes = commits.map(({ inputs }) => JSON.stringify(inputs).length).toSorted((a, b) => a - b);
  expect(commits.length).toBeGreaterThan(100);
  expect(bytes[bytes.length >> 1]).toBeLessThan(400);
});
