/**
 * Hooks as Flagger's receivers know them: a POST of `{ name, namespace, phase, checksum, metadata }`, the phases of its
 * Canary, and for events three more words in the metadata.
 */
import { createHash } from "node:crypto";
import type { Hook } from "../rollout/hook.ts";
import { sentence, severity, type RolloutEvent } from "../rollout/events.ts";
import { isUnderway, type Status } from "../rollout/status.ts";

export type FlaggerPhase = "Initialized" | "Waiting" | "Progressing" | "WaitingPromotion" | "Succeeded" | "Failed";

type Asked = Pick<Status, "phase" | "release" | "step" | "steps" | "outcome" | "previous" | "hooks" | "plan">;

/** The phase that Flagger would be in when it asks. */
export function flaggerPhase({ name, on }: Pick<Hook, "name" | "on">, status: Asked): FlaggerPhase {
  if (!isUnderway(status)) return isGood(status.outcome) ? "Succeeded" : "Failed";
  if (on === "confirmRollout") return waitingToBegin(status.hooks[name] !== undefined, status);
  // a closed gate before the promotion is a phase of its own, which only those who may take it back are told
  return on === "rollback" && status.step >= status.steps.length ? "WaitingPromotion" : "Progressing";
}

/** The phase it was in before this release, until somebody has said no. */
function waitingToBegin(wasAsked: boolean, { previous }: Asked): FlaggerPhase {
  if (wasAsked) return "Waiting";
  return previous === null ? "Initialized" : "Succeeded";
}

const isGood = (outcome: Status["outcome"]) => outcome === "promoted" || outcome === "passed";

/** The 27 letters that Kubernetes makes names of: none that could spell a word. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Ten letters, the same for all hooks of one release; receivers compare them and nothing else. */
export function flaggerChecksum(rollout: string, release: number): string {
  const bytes = createHash("sha256").update(`${rollout}\n${release}`).digest().subarray(0, 10);
  return [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

interface Told {
  readonly rollout: string;
  readonly release: number;
  readonly phase: FlaggerPhase;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The body. Without metadata the field is left out. */
export function flaggerBody({ namespace }: Pick<Hook, "namespace">, { rollout, release, phase, metadata }: Told) {
  const checksum = flaggerChecksum(rollout, release);
  const more = Object.keys(metadata).length === 0 ? {} : { metadata };
  return { name: rollout, namespace, phase, checksum, ...more };
}

/** The body that an `event` hook gets. Its own words win over the author's. */
export function flaggerEventBody(hook: Pick<Hook, "namespace" | "metadata">, rollout: string, event: RolloutEvent) {
  const warns = severity(event) === "attention" || severity(event) === "bad";
  const own = {
    eventMessage: sentence(event),
    eventType: warns ? "Warning" : "Normal",
    timestamp: String(event.at),
  };
  const { release } = event;
  return flaggerBody(hook, { rollout, release, phase: phaseOf(event), metadata: { ...hook.metadata, ...own } });
}

function phaseOf(event: RolloutEvent): FlaggerPhase {
  if (event.release === 0) return "Initialized";
  if (["promoted", "watching", "watchEnded"].includes(event.type)) return "Succeeded";
  if (event.type === "ended") return isGood(event.outcome as Status["outcome"]) ? "Succeeded" : "Failed";
  return ["rolledBack", "returned", "aborted", "undone"].includes(event.type) ? "Failed" : "Progressing";
}
