/**
 * How a release came to where it is: walked through once, commit by commit, and from then on only what is new. What is kept
 * is small: bins for the charts, and how every gate stood at each event.
 */
import type { Gate } from "../../analysis/metric.ts";
import type { Measurement } from "../../analysis/measurement.ts";
import { gatesOf } from "../../rollout/gates.ts";
import type { Spec } from "../../rollout/spec.ts";
import type { Status } from "../../rollout/status.ts";
import { FULL_WEIGHT } from "../../rollout/weight.ts";
import type { Pace } from "../../sim/retrace.ts";
import type { Compared } from "../wire-pages.ts";
import { countSplit, logSplitEvidence, startSplit, type SplitEvidence } from "../../stats/sample-ratio.ts";
import { addTo, Bins, type Bin } from "./bins.ts";
import { Latencies } from "./latencies.ts";
import { compared } from "./outlook.ts";

/** A decision that told of something: how everything stood then. */
export interface Decided extends Omit<Pace, "measurements"> {
  /** The canary's share until then. */
  readonly weight: number;
}

/** Decisions kept of one release. */
const KEPT = 2000;

/** What a watch freezes its level from was measured of the release before. */
const isBaseline = ({ name }: Gate, { watch }: Status): boolean =>
  watch !== undefined && watch.gates[name] === undefined;

export class Trace {
  readonly decided: Decided[] = [];
  readonly #bins = new Bins();
  #split: SplitEvidence = startSplit;
  readonly #latencies = new Map<string, Latencies>();
  #present: { readonly spec: Spec; readonly status: Status } | null = null;

  take({ version, inputs, spec, measurements, events, status }: Pace): void {
    // What was measured came from the split that was live before this decision.
    const before = this.#present?.status ?? status;
    for (const gate of gatesOf(spec)) {
      const measurement = measurements[gate.name];
      if (measurement !== undefined && !isBaseline(gate, before))
        this.#measured(gate, measurement, before, status.stagePlan);
    }
    if ("request" in spec.assignment && before.watch === undefined)
      this.#countSplit(gatesOf(spec), measurements, before.plan);
    this.#present = { spec, status };
    // Evidence is the bulk of a status, and what it says stands in the verdicts.
    const lean = { ...status, evidence: {} };
    if (events.length > 0 && this.decided.length < KEPT)
      this.decided.push({ version, inputs, spec, events, status: lean, weight: before.plan.canaryWeight });
  }

  /** The bins up to now, and how long each is. */
  get bins(): { readonly lengthMs: number; readonly all: readonly Bin[] } {
    this.#close();
    return this.#bins;
  }

  get gates(): readonly Gate[] {
    return this.#present === null ? [] : gatesOf(this.#present.spec);
  }

  /**
   * ln of the evidence that traffic is not split as it was wanted; null where it cannot be said. Only where every request is
   * assigned alone are ticks independent: a person who comes again is not assigned again.
   */
  get logSplit(): number | null {
    return this.#split.shares.length === 0 ? null : logSplitEvidence(this.#split);
  }

  /** What a gate compares now; latencies in their own unit. Null before anything was judged. */
  compared(gate: Gate): Compared | null {
    const verdict = this.#present?.status.verdicts[gate.name];
    if (this.#present === null || verdict === undefined) return null;
    const latencies = this.#latencies.get(gate.name);
    if (gate.kind !== "latency" || latencies === undefined) return compared(gate, verdict);
    return latencies.compared(gate, this.#present.spec.promise.falseRollback);
  }

  #measured(gate: Gate, measurement: Measurement, { liveAt, plan }: Status, stage: number): void {
    if (measurement.kind === "noData" || measurement.kind === "error") return;
    const end = measurement.window.to - 1;
    if (this.#bins.isNext(end)) this.#close();
    const bin = this.#bins.at(end);
    addTo(bin, gate.name, measurement);
    bin.wanted = liveAt === null ? bin.wanted : plan.canaryWeight;
    if (gate.kind === "latency" && measurement.kind === "histogram") this.#learn(gate.name, measurement, stage);
  }

  #countSplit(
    gates: readonly Gate[],
    measurements: Pace["measurements"],
    { version, canaryWeight }: Status["plan"],
  ): void {
    const counted = gates.map(({ name }) => measurements[name]).find((one) => one?.kind === "counts");
    if (counted?.kind !== "counts") return;
    const share = canaryWeight / FULL_WEIGHT;
    for (const { plan, stable, canary } of counted.ticks)
      if (plan === version) this.#split = countSplit(this.#split, [stable.n, canary.n], [1 - share, share]);
  }

  #learn(name: string, { ticks }: Measurement & { readonly kind: "histogram" }, stage: number): void {
    const known = this.#latencies.get(name) ?? new Latencies();
    this.#latencies.set(name, known);
    for (const { stable, canary } of ticks) known.learn(stage, stable.done, canary.done);
  }

  /** Notes in the last bin how everything stands; done once a bin, since an interval takes its time. */
  #close(): void {
    const bin = this.#bins.last;
    if (bin === undefined || this.#present === null) return;
    const { status } = this.#present;
    bin.logHarm = status.logHarm;
    for (const gate of this.gates) {
      const kept = bin.gates.get(gate.name);
      const verdict = status.verdicts[gate.name];
      if (kept === undefined || verdict === undefined) continue;
      kept.compared = this.compared(gate);
      kept.logHarm = verdict.logHarm;
      kept.logSafe = verdict.logSafe;
    }
  }
}
