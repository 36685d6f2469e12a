/** Stable's slices on the stage: an invented world has no people to hash, so its counts are dealt out by chance. */
import type { Measurement } from "../../src/analysis/measurement.ts";
import { SLICES } from "../../src/analysis/strip.ts";
import type { Ports } from "../../src/engine/observe.ts";
import type { Random } from "../../src/stats/random.ts";

/** The same ports; whatever counts live traffic says how stable's slices fared. */
export function withSlices(ports: Ports, random: Random): Ports {
  return {
    router: ports.router,
    workload: ports.workload,
    ask: (hook, signal) => ports.ask(hook, signal),
    source: (gate) => {
      const source = ports.source(gate);
      return {
        async measure(query, window, signal) {
          const measured = await source.measure(query, window, signal);
          return query.ask === "counts" && query.traffic === "live" ? sliced(measured, random) : measured;
        },
      };
    },
  };
}

function sliced(measured: Measurement, random: Random): Measurement {
  if (measured.kind !== "counts") return measured;
  const n = Array.from({ length: SLICES }, () => 0);
  const bad = n.slice();
  for (const { stable } of measured.ticks) {
    for (let i = 0; i < stable.bad; i++) bad[Math.floor(random() * SLICES)] += 1;
    for (let i = 0; i < SLICES; i++)
      n[i] += Math.floor((stable.n * (i + 1)) / SLICES) - Math.floor((stable.n * i) / SLICES);
  }
  return { ...measured, slices: { n: n.map((each, i) => Math.max(each, bad[i])), bad } };
}
