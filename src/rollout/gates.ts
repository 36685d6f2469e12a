/** A document's gates as this rollout means them, and what each one's source is to be asked. */
import type { Counting, Gate, Query } from "../analysis/metric.ts";
import type { Spec } from "./spec.ts";
import type { Status } from "./status.ts";
import type { Unit } from "./traffic.ts";

/** People are counted where people keep their arm; where each request is assigned alone, requests are the units. */
const countOf = (said: Counting | "auto", unit: Unit): Counting => {
  if (said !== "auto") return said;
  return "request" in unit ? "requests" : "units";
};

/** The gates with `auto` resolved, in the document's order. */
export function gatesOf({ gates, assignment }: Pick<Spec, "gates" | "assignment">): readonly Gate[] {
  return gates.map((gate): Gate => {
    if (gate.kind === "failures")
      return { ...gate, failures: { ...gate.failures, count: countOf(gate.failures.count, assignment) } };
    if (gate.kind === "latency")
      return { ...gate, latency: { ...gate.latency, count: countOf(gate.latency.count, assignment) } };
    return gate;
  });
}

/** What is to be asked for a gate now. While only copies reach the canary, copies are compared with their originals. */
export function queryOf(gate: Gate, { plan }: Pick<Status, "plan">): Query {
  const traffic = plan.canaryWeight === 0 && plan.mirrorWeight > 0 ? "mirrored" : "live";
  switch (gate.kind) {
    case "failures":
      return { ask: "counts", failures: gate.failures.of, count: counted(gate.failures.count), traffic };
    case "latency":
      return { ask: "histogram", count: counted(gate.latency.count), traffic };
    case "threshold":
      return { ask: "value", value: gate.threshold.value, arm: gate.threshold.arm };
  }
}

const counted = (count: Counting | "auto"): Counting => (count === "auto" ? "units" : count);
