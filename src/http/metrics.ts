/**
 * Prometheus metrics of Serin itself. What is remembered (phases, evidence, verdicts) is read at every scrape, so that
 * it is never stale and survives a restart; what happens (ticks, requests, decisions) is counted as it happens.
 * Names follow the Prometheus conventions: base units, `_total` for counters, `_info` for facts.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { verdictKinds } from "../analysis/verdict.ts";
import type { Fate } from "../engine/lane.ts";
import type { Fate as TakenFate } from "../metrics/events/book.ts";
import type { JournalEntry, Loaded } from "../engine/ports.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { phases } from "../rollout/status.ts";
import { FULL_WEIGHT } from "../rollout/traffic.ts";
import type { ServerDeps } from "./deps.ts";
import { stripViews } from "./ground.ts";
import { measured } from "./live.ts";
import type { Live } from "./wire.ts";

/** How a release can end, as `serin_decisions_total` counts it. */
export const decisions = [
  "promoted",
  "rolledBack",
  "returned",
  "aborted",
  "ended",
] as const satisfies readonly RolloutEvent["type"][];

export interface Metrics {
  readonly contentType: string;
  /** The page; scrapes at the same time share one. */
  scrape(): Promise<string>;
  /** One turn of the engine's loop, seconds. */
  ticked(rollout: string, seconds: number): void;
  /** One attempt to tell somebody of an entry of the journal. */
  notified(rollout: string, notifier: string, fate: Fate): void;
  /** So many events that an application reported, by what became of them. */
  reported(rollout: string, fate: TakenFate, events: number): void;
  /** One answered request of the API, seconds. `route` is the pattern, never the path: its cardinality is bounded. */
  answered(method: string, route: string, status: number, seconds: number): void;
}

type Asked = Pick<ServerDeps, "records" | "live" | "log" | "version">;

export function createMetrics(deps: Asked, streams: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const families = declare(registry);
  families.build.set({ version: deps.version, node: process.versions.node }, 1);
  let position: number | null = null;
  const refresh = async () => {
    position = await countEvents(deps, families, position);
    families.streams.set(streams());
    await gather(deps, families);
  };
  let scraping: Promise<string> | null = null;
  return {
    contentType: registry.contentType,
    scrape() {
      scraping ??= refresh()
        .then(() => registry.metrics())
        .finally(() => (scraping = null));
      return scraping;
    },
    notified: (rollout, notifier, fate) => families.notifications.inc({ rollout, notifier, fate }),
    reported: (rollout, fate, events) => families.applicationEvents.inc({ rollout, fate }, events),
    ticked: (rollout, seconds) => families.ticks.observe({ rollout }, seconds),
    answered(method, route, status, seconds) {
      families.requests.inc({ method, route, status: String(status) });
      families.latency.observe({ method, route }, seconds);
    },
  };
}

type Families = ReturnType<typeof declare>;

function declare(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge<L>({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  return {
    build: gauge("serin_build_info", "Versions of what runs; always 1.", ["version", "node"]),
    phase: gauge("serin_rollout_phase", "1 for the phase the rollout is in, 0 for the others.", ["rollout", "phase"]),
    release: gauge("serin_rollout_release", "Number of the present or last release; 0 before the first.", ["rollout"]),
    step: gauge("serin_rollout_step", "Steps of the release that are done.", ["rollout"]),
    steps: gauge("serin_rollout_steps", "Steps that the release has.", ["rollout"]),
    wanted: gauge("serin_rollout_canary_weight_ratio", "Share of units that is to meet the canary, 0 to 1.", [
      "rollout",
    ]),
    share: gauge("serin_rollout_canary_share", "Measured share of traffic that meets the canary, 0 to 1.", ["rollout"]),
    harm: gauge("serin_rollout_log_evidence", "Evidence of harm of all gates together, natural logarithm.", [
      "rollout",
    ]),
    evidence: gauge("serin_gate_log_evidence", "Evidence of a gate for harm or for safety, natural logarithm.", [
      "rollout",
      "gate",
      "direction",
    ]),
    verdict: gauge("serin_gate_verdict", "1 for the gate's verdict, 0 for the others.", ["rollout", "gate", "verdict"]),
    crossed: gauge(
      "serin_gate_slices_crossed",
      "Slices of stable that look harmful against the rest; 3 void the promise.",
      ["rollout", "gate"],
    ),
    flipped: gauge("serin_rollout_flipped_units", "Units that met both arms without a reason.", ["rollout"]),
    draws: gauge(
      "serin_rollout_split_log_evidence",
      "ln of the evidence that newcomers do not draw their arms by the weights; an alarm at 4.6.",
      ["rollout"],
    ),
    exposed: gauge("serin_rollout_exposed_units", "Units (people, where sticky) that met the canary in this release.", [
      "rollout",
    ]),
    decisions: counter("serin_decisions_total", "Releases that ended since this process started, by how.", [
      "rollout",
      "outcome",
    ]),
    events: counter("serin_events_total", "Entries of the journal since this process started.", ["rollout", "type"]),
    notifications: counter(
      "serin_notifications_total",
      "Attempts to tell a notifier of an entry of the journal, by how they went; what it leaves out counts as sent.",
      ["rollout", "notifier", "fate"],
    ),
    applicationEvents: counter(
      "serin_application_events_total",
      "Events that applications reported, by what became of them: taken, late, duplicate, idle, unassigned, full.",
      ["rollout", "fate"],
    ),
    gatewayRequests: counter("serin_gateway_requests_total", "Requests to an arm since the present release began.", [
      "rollout",
      "arm",
    ]),
    gatewayFailures: counter("serin_gateway_failures_total", "Of those, the failed ones.", ["rollout", "arm"]),
    streams: gauge("serin_event_streams", "Live event streams that are open.", []),
    requests: counter("serin_api_requests_total", "Answered requests of the API.", ["method", "route", "status"]),
    latency: new Histogram({
      name: "serin_api_request_duration_seconds",
      help: "How long answering took.",
      labelNames: ["method", "route"],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
      registers,
    }),
    ticks: new Histogram({
      name: "serin_tick_duration_seconds",
      help: "How long one look, decision and commit took.",
      labelNames: ["rollout"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  };
}

const PAGE = 1000;

/** Counts what the journal says since `position`; null: begins now. Returns the new position. */
async function countEvents({ records }: Asked, families: Families, position: number | null): Promise<number> {
  if (position === null) return records.lastSeq();
  let after = position;
  for (;;) {
    const page = await records.journal(after, { limit: PAGE });
    for (const entry of page) countEvent(families, entry);
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return after;
  }
}

function countEvent(families: Families, { rollout, event }: JournalEntry): void {
  families.events.inc({ rollout, type: event.type });
  const outcome = decisions.find((type) => type === event.type);
  if (outcome !== undefined) families.decisions.inc({ rollout, outcome });
}

/** Reads all rollouts and writes their gauges anew: one that was removed leaves none behind. */
async function gather(deps: Asked, families: Families): Promise<void> {
  const { records } = deps;
  const names = await records.names();
  const all = await Promise.all(
    names.map(async (name) => ({ name, loaded: await records.load(name), live: await measured(deps, name) })),
  );
  forget(families);
  for (const { name, loaded, live } of all) {
    if (loaded !== null) {
      writeRollout(families, name, loaded);
      writeGround(families, name, loaded);
    }
    if (live !== null) writeLive(families, name, live);
  }
}

function forget(families: Families): void {
  const { phase, release, step, steps, wanted, share, harm, evidence, verdict, exposed, crossed, flipped, draws } =
    families;
  const of = [phase, release, step, steps, wanted, share, harm, evidence, verdict, exposed, crossed, flipped, draws];
  for (const family of of) family.reset();
  families.gatewayRequests.reset();
  families.gatewayFailures.reset();
}

function writeRollout(families: Families, rollout: string, { spec, status }: Loaded): void {
  for (const phase of phases) families.phase.set({ rollout, phase }, phase === status.phase ? 1 : 0);
  families.release.set({ rollout }, status.release);
  families.step.set({ rollout }, status.step);
  families.steps.set({ rollout }, status.steps.length);
  families.wanted.set({ rollout }, status.plan.canaryWeight / FULL_WEIGHT);
  families.harm.set({ rollout }, status.logHarm);
  // A counter that begins at 1 has no rate: it begins at 0, before the first decision.
  for (const outcome of decisions) families.decisions.inc({ rollout, outcome }, 0);
  for (const { name: gate } of spec.gates) {
    const verdict = status.verdicts[gate];
    families.evidence.set({ rollout, gate, direction: "harm" }, verdict?.logHarm ?? 0);
    families.evidence.set({ rollout, gate, direction: "safe" }, verdict?.logSafe ?? 0);
    for (const kind of verdictKinds) {
      families.verdict.set({ rollout, gate, verdict: kind }, kind === verdict?.verdict ? 1 : 0);
    }
  }
}

function writeGround(families: Families, rollout: string, { spec, status }: Loaded): void {
  for (const { gate, crossed } of stripViews(spec, status)) families.crossed.set({ rollout, gate }, crossed);
}

function writeLive(families: Families, rollout: string, live: Live): void {
  if (live.share !== null) families.share.set({ rollout }, live.share / FULL_WEIGHT);
  if (live.moves !== null) families.flipped.set({ rollout }, live.moves.flipped);
  if (live.draws !== null) families.draws.set({ rollout }, live.draws.log);
  if (live.canary.units !== null) families.exposed.set({ rollout }, live.canary.units);
  for (const arm of ["stable", "canary"] as const) {
    const idle = arm === "stable" ? live.idle : { requests: 0, failures: 0 };
    families.gatewayRequests.inc({ rollout, arm }, live[arm].requests + idle.requests);
    families.gatewayFailures.inc({ rollout, arm }, live[arm].failures + idle.failures);
  }
}
