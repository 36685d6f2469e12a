/**
 * Serin as a library: the pure parts, for whoever wants to decide, judge or read without the program.
 *
 *     import { readDocument, decide, initialStatus } from "serin";
 */
export { SerinError, errorKinds, type ErrorCode } from "./errors.ts";

// evidence: measurements fold into it, verdicts are read from it
export { enterStage, fold, initialEvidence, judge, mergeHarm, weightShares } from "./analysis/evidence.ts";
export type { Circumstances, Evidence, Measurement, Promised, Verdict } from "./analysis/evidence.ts";
export type { Gate } from "./analysis/metric.ts";
export { judgeCanary, judgeResultJson, type JudgeInput, type JudgeResult } from "./analysis/kayenta/judge.ts";

// a rollout: what to look at, what follows, what is said
export { decide, type Decided, type Observed } from "./rollout/decide.ts";
export { due, type Due } from "./rollout/due.ts";
export { sentence, severity, type RolloutEvent } from "./rollout/events.ts";
export { initialStatus } from "./rollout/initial.ts";
export type { Spec } from "./rollout/spec.ts";
export type { Status } from "./rollout/status.ts";
export type { TrafficPlan } from "./rollout/traffic.ts";

// the ports, for adapters of one's own, and the engine between them
export { createEngine, type Engine, type EngineParts } from "./engine/engine.ts";
export type { Ports } from "./engine/observe.ts";
export type { Clock, MetricSource, Notifier, Router, Store, Workload } from "./engine/ports.ts";
export { openStore } from "./stores/index.ts";
export { verifySignature } from "./notifiers/index.ts";

// documents
export { documentSchema, readDocument, type Problem, type Read, type RolloutDocument } from "./document/index.ts";
