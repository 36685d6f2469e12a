/** Milliseconds per metric of Kayenta's judge, by points a side. `npm run bench:judge`. */
import { judgeCanary } from "../src/analysis/kayenta/judge.ts";

/** Normal draws from a seeded generator (mulberry32 and Box-Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const METRICS = 10;

function input(points: number, draw: () => number) {
  const side = () => Array.from({ length: points }, () => 100 + 10 * draw());
  const names = Array.from({ length: METRICS }, (_, i) => `metric-${i}`);
  return {
    canaryConfig: { metrics: names.map((name) => ({ name, groups: ["all"], query: {} })), classifier: {} },
    scoreThresholds: { pass: 95, marginal: 75 },
    metricSetPairList: names.map((name) => ({
      name,
      id: name,
      tags: {},
      values: { experiment: side(), control: side() },
    })),
  };
}

const sizes = [60, 180, 720, 1440];
const draw = normals(1);
const inputs = sizes.map((points) => input(points, draw));
const times = sizes.map((): number[] => []);
for (let round = 0; round < 60; round++) {
  for (const [i, one] of inputs.entries()) {
    const before = performance.now();
    judgeCanary(one);
    if (round >= 20) times[i].push((performance.now() - before) / METRICS);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
process.stdout.write("| points a side | ms per metric (median) | best |\n| --- | --- | --- |\n");
for (const [i, points] of sizes.entries())
  process.stdout.write(`| ${points} | ${median(times[i]).toFixed(3)} | ${Math.min(...times[i]).toFixed(3)} |\n`);
