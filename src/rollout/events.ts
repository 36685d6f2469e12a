/**
 * What can happen to a rollout, and the sentence for each, written once: CLI, API, messages and dashboard all
 * render `sentence(event)`. Every event carries what its sentence needs, so that an old journal reads the same for ever.
 */
import type { Verdict } from "../analysis/verdict.ts";
import { formatDuration } from "./amounts.ts";
import type { HookAnswer, HookMoment } from "./hook.ts";

interface At {
  readonly at: number;
  readonly release: number;
}

export type RolloutEvent = At &
  (
    | {
        readonly type: "started";
        readonly stable: string;
        readonly canary: string;
        readonly steps: number;
        readonly by: string;
      }
    | {
        readonly type: "stepEntered";
        readonly step: number;
        readonly of: number;
        readonly name: string;
        readonly weight: number;
        readonly mirror: number;
        /** Whether the step asks for another split. */
        readonly shifts: boolean;
      }
    | {
        readonly type: "planLive";
        readonly version: number;
        readonly weight: number;
        readonly mirror: number;
        readonly stable: string;
        readonly canary: string | null;
      }
    | {
        readonly type: "stepDone";
        readonly step: number;
        readonly of: number;
        readonly name: string;
        readonly reason: string;
      }
    | {
        readonly type: "verdictChanged";
        readonly gate: string;
        readonly verdict: Verdict["verdict"];
        readonly reason: string;
        readonly dryRun: boolean;
      }
    /** The A/A strip: too many slices of stable look harmful against the rest of it. */
    | {
        readonly type: "promiseVoid";
        readonly gate: string;
        readonly ground: "clustered" | "void";
        readonly crossed: number;
        readonly of: number;
        readonly expected: number;
        readonly reason: string;
      }
    | { readonly type: "roundFailed"; readonly failed: number; readonly of: number; readonly reason: string }
    | {
        readonly type: "hookAnswered";
        readonly hook: string;
        readonly on: HookMoment;
        readonly said: HookAnswer["said"];
        readonly reason: string;
        /** The end of what a program printed. */
        readonly output?: string;
      }
    | { readonly type: "paused"; readonly by: string; readonly reason: string }
    | { readonly type: "resumed"; readonly by: string; readonly reason?: string }
    | { readonly type: "waiting"; readonly for: "approval" | "evidence" | "backends" | "hook"; readonly reason: string }
    | { readonly type: "approved"; readonly by: string; readonly reason?: string }
    | {
        readonly type: "promoted";
        readonly revision: string;
        readonly by: string;
        readonly tookMs: number;
        readonly reason: string;
      }
    | {
        readonly type: "rolledBack";
        readonly revision: string;
        readonly gates: readonly string[];
        readonly weight: number;
        readonly tookMs: number;
        readonly reason: string;
      }
    | {
        readonly type: "watching";
        readonly revision: string;
        readonly before: string;
        readonly forMs: number;
        readonly holdback: number;
      }
    | {
        readonly type: "watchEnded";
        readonly revision: string;
        readonly before: string;
        readonly watchedMs: number;
        /** Whether anything was counted in it. */
        readonly measured: boolean;
        readonly reason: string;
      }
    | {
        readonly type: "returned";
        readonly revision: string;
        readonly to: string;
        readonly gates: readonly string[];
        readonly watchedMs: number;
        readonly reason: string;
      }
    | { readonly type: "aborted"; readonly revision: string; readonly by: string; readonly reason: string }
    | {
        readonly type: "undone";
        readonly revision: string;
        readonly to: string;
        readonly by: string;
        readonly reason: string;
      }
    | { readonly type: "ended"; readonly outcome: string; readonly reason: string }
    | {
        readonly type: "gap";
        readonly gate: string;
        readonly from: number;
        readonly to: number;
        readonly reason: string;
      }
    | {
        readonly type: "signalRefused";
        readonly verb: string;
        readonly by: string;
        readonly reason: string;
        /** The refused signal's id, so that whoever waits for it knows its own. */
        readonly signal?: number;
      }
    /** Sent when somebody tries a notifier out; no journal holds it. */
    | { readonly type: "test"; readonly by: string }
  );

export type EventType = RolloutEvent["type"];

/** How loud an event is: `good` and `bad` end a release, `attention` wants a person, `info` is progress. */
export type Severity = "info" | "attention" | "good" | "bad";

export function severity(event: RolloutEvent): Severity {
  switch (event.type) {
    case "promoted":
      return "good";
    case "rolledBack":
    case "returned":
      return "bad";
    case "aborted":
    case "undone":
    case "paused":
    case "waiting":
    case "promiseVoid":
    case "roundFailed":
    case "gap":
    case "signalRefused":
      return "attention";
    case "ended":
      return event.outcome === "passed" ? "good" : "attention";
    case "watchEnded":
      return event.measured ? "info" : "attention";
    case "verdictChanged":
      return event.verdict === "fail" || event.verdict === "error" ? "attention" : "info";
    default:
      return "info";
  }
}

/** Basis points as people read them: 50 -> "0.5 %". */
export function share(weight: number): string {
  return `${String(weight / 100)} %`;
}

/** "5 % of traffic", "copies of 20 %", or both. */
function split({ weight, mirror }: { readonly weight: number; readonly mirror: number }): string {
  if (mirror === 0) return `${share(weight)} of traffic`;
  const copies = `copies of ${share(mirror)}`;
  return weight === 0 ? copies : `${share(weight)} of traffic and ${copies}`;
}

const seconds = (ms: number) => formatDuration(Math.round(ms / 1000) * 1000);
const firstUp = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
const because = (reason = "") => (reason === "" ? "" : `: ${reason}`);

const hookSaid = { yes: "said yes", no: "said no", error: "gave no answer" } as const;

/** One plain sentence, without the rollout's name (the caller has it). */
export function sentence(event: RolloutEvent): string {
  switch (event.type) {
    case "started":
      return `Release ${event.release} of ${event.canary} over ${event.stable} started by ${event.by}, ${event.steps} steps.`;
    case "stepEntered":
      return `Step ${event.step} of ${event.of}, ${event.name}${event.shifts ? `: ${split(event)} to the canary` : ` at ${split(event)}`}.`;
    case "planLive":
      return event.canary === null
        ? `The router reports plan ${event.version} live: ${event.stable} serves everybody.`
        : `The router reports plan ${event.version} live: ${split(event)} to ${event.canary}.`;
    case "stepDone":
      return `Step ${event.step} of ${event.of}, ${event.name}, is done${because(event.reason)}.`;
    case "verdictChanged":
      return `Gate ${event.gate} says ${event.verdict}${event.dryRun ? " (dry run)" : ""}${because(event.reason)}.`;
    case "promiseVoid":
      return `What gate ${event.gate} promises does not hold: ${event.reason}.`;
    case "roundFailed":
      return `A round of checks failed, ${event.failed} of the ${event.of} that take it back${because(event.reason)}.`;
    case "hookAnswered":
      return `Hook ${event.hook} (${event.on}) ${hookSaid[event.said]}${because(event.reason)}.`;
    case "paused":
      return `Paused by ${event.by}${because(event.reason)}.`;
    case "resumed":
      return `Resumed by ${event.by}${because(event.reason)}.`;
    case "waiting":
      return `Waiting for ${event.for}${because(event.reason)}.`;
    case "approved":
      return `Approved by ${event.by}${because(event.reason)}.`;
    case "promoted":
      return `${event.revision} was promoted by ${event.by} after ${formatDuration(Math.round(event.tookMs / 1000) * 1000)}${because(event.reason)}.`;
    case "rolledBack":
      return `${event.revision} was rolled back at ${share(event.weight)} after ${formatDuration(Math.round(event.tookMs / 1000) * 1000)}${because(event.reason)}.`;
    case "watching":
      return `${event.revision} is watched for ${formatDuration(event.forMs)}, ${event.holdback === 0 ? `and ${event.before} is kept warm` : `${share(event.holdback)} stay with ${event.before} to compare with`}.`;
    case "watchEnded":
      return `The watch over ${event.revision} ended after ${seconds(event.watchedMs)}, ${event.before} need not be kept any more${because(event.reason)}.`;
    case "returned":
      return `${event.revision} was taken back ${seconds(event.watchedMs)} after everybody had it, ${event.to} serves everybody again${because(event.reason)}.`;
    case "aborted":
      return `${event.revision} was aborted by ${event.by}${because(event.reason)}.`;
    case "undone":
      return `${event.revision} was undone by ${event.by}, ${event.to} serves everybody again${because(event.reason)}.`;
    case "ended":
      return `${firstUp(event.outcome)}${because(event.reason)}.`;
    case "gap":
      return `Gate ${event.gate} has a gap of ${formatDuration(event.to - event.from)}${because(event.reason)}.`;
    case "signalRefused":
      return `${firstUp(event.verb)} by ${event.by} was refused${because(event.reason)}.`;
    case "test":
      return `This is a test that ${event.by} asked for: messages arrive here, and nothing has happened.`;
  }
}
