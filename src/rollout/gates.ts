/** A document's gates as this rollout means them, and what each one's source is to be asked. */
import type { ArmLabels, Counting, Gate, KayentaGate, Query, Split, ValuesQuery } from "../analysis/metric.ts";
import type { Spec } from "./spec.ts";
import type { Status } from "./status.ts";
import type { ArmPlan, Unit } from "./traffic.ts";

/** When a source can be asked: about whole intervals, once they are so long past that nothing of them is to come. */
export interface Pace {
  readonly intervalMs: number;
  readonly delayMs: number;
}

/** Sources with a pace of their own have it in their settings; the gateway, which knows every moment, has none. */
export function paceOf(gate: Pick<Gate, "source"> & { readonly kayenta?: KayentaGate["kayenta"] }): Pace | null {
  const paces = (gate.kayenta?.metrics ?? [gate])
    .map(({ source }) => paceOfSource(source))
    .filter((pace) => pace !== null);
  if (paces.length === 0) return null;
  // several sources: whole intervals of the slowest, when all of them know
  const most = (of: (pace: Pace) => number) => Math.max(...paces.map(of));
  return { intervalMs: most(({ intervalMs }) => intervalMs), delayMs: most(({ delayMs }) => delayMs) };
}

function paceOfSource(source: Gate["source"]): Pace | null {
  const [settings] = Object.values(source);
  const { interval, delay } = (settings ?? {}) as { readonly interval?: unknown; readonly delay?: unknown };
  return typeof interval === "number" && typeof delay === "number" ? { intervalMs: interval, delayMs: delay } : null;
}

/**
 * People are counted where people keep their arm; where each request is assigned alone, requests are the units. Others
 * than the gateway count what they count, and seldom people.
 */
const countOf = (gate: Gate, said: Counting | "auto", unit: Unit): Counting => {
  if (said !== "auto") return said;
  return "request" in unit || paceOf(gate) !== null ? "requests" : "units";
};

/** The gates with `auto` resolved, in the document's order. */
export function gatesOf({ gates, assignment }: Pick<Spec, "gates" | "assignment">): readonly Gate[] {
  const alone = "request" in assignment ? { alone: true } : {};
  return gates.map((gate): Gate => {
    if (gate.kind === "failures")
      return {
        ...gate,
        failures: { ...gate.failures, ...alone, count: countOf(gate, gate.failures.count, assignment) },
      };
    if (gate.kind === "latency")
      return { ...gate, latency: { ...gate.latency, count: countOf(gate, gate.latency.count, assignment) } };
    return gate;
  });
}

/** Whether a gate looks in the present step: a fixed limit may look while some steps run, and then only once they have begun. */
export function looksNow(gate: Gate, { step, begun }: Pick<Status, "step" | "begun">): boolean {
  const during = gate.kind === "threshold" ? gate.threshold.during : undefined;
  if (during === undefined) return true;
  return begun && step + 1 >= during.from && step + 1 <= (during.to ?? Infinity);
}

/** What is to be asked for a gate now. While only copies reach the canary, copies are compared with their originals. */
export function queryOf(gate: Gate, status: Pick<Status, "plan" | "liveAt">): Query | ValuesQuery {
  const query = questionOf(gate, status);
  const split = paceOf(gate) === null ? null : splitOf(status);
  return split === null ? query : { ...query, split };
}

function questionOf(gate: Gate, { plan }: Pick<Status, "plan">): Query | ValuesQuery {
  const traffic = plan.canaryWeight === 0 && plan.mirrorWeight > 0 ? "mirrored" : "live";
  switch (gate.kind) {
    case "failures":
      return { ask: "counts", failures: gate.failures.of, count: counted(gate.failures.count), traffic };
    case "latency":
      return { ask: "histogram", count: counted(gate.latency.count), traffic };
    case "mean": {
      const { floor, cap, pairs } = gate.mean;
      return { ask: "mean", floor, cap, pairs };
    }
    case "series":
      return { ask: "values", values: [{ name: gate.name, value: gate.series.value, source: gate.source }] };
    case "kayenta":
      return {
        ask: "values",
        values: gate.kayenta.metrics.map(({ name, value, source }) => ({ name, value, source })),
      };
    case "threshold": {
      const { value, arm, all } = gate.threshold;
      return { ask: "value", value, arm, ...(all === true ? { all } : {}) };
    }
  }
}

const counted = (count: Counting | "auto"): Counting => (count === "auto" ? "units" : count);

/** Null while the plan is not known to be live, or has no canary. */
function splitOf({ plan, liveAt }: Pick<Status, "plan" | "liveAt">): Split | null {
  if (liveAt === null || plan.canary === null) return null;
  return { plan: plan.version, since: liveAt, stable: labelsOf(plan.stable), canary: labelsOf(plan.canary) };
}

const labelsOf = ({ revision, backends }: ArmPlan): ArmLabels => ({ revision, backends });
