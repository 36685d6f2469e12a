/** Releases, told from the journal: what was released, by whom, how it ended, and how long it waited for people. Pure. */
import type { JournalEntry } from "../../engine/ports.ts";
import type { RolloutEvent } from "../../rollout/events.ts";
import { SERIN } from "../../rollout/finish.ts";
import type { Deed, Release } from "../wire-pages.ts";

/** A release as far as it was read; `waitingSince` while a person is waited for. */
export interface Reading {
  readonly release: Release;
  readonly waitingSince: number | null;
}

/** Who acts without being a person. */
const machines: readonly string[] = [SERIN, "the document", "the strategy"];

/** One entry more. Null where the journal does not reach back to the release's beginning. */
export function read(before: Reading | null, { seq, rollout, event }: JournalEntry): Reading | null {
  if (event.type === "started") return { release: begun(seq, rollout, event), waitingSince: null };
  if (before === null) return null;
  const release = told({ ...before.release, lastSeq: seq }, event);
  // What happens after the end is told and takes no time: the router reports the last plan, somebody undoes it.
  return before.release.endedAt === null ? timed({ ...before, release }, event) : { release, waitingSince: null };
}

function begun(seq: number, rollout: string, event: RolloutEvent & { readonly type: "started" }): Release {
  return {
    rollout,
    release: event.release,
    stable: event.stable,
    canary: event.canary,
    startedAt: event.at,
    startedBy: event.by,
    endedAt: null,
    outcome: null,
    reason: "",
    weight: 0,
    machineMs: 0,
    humanMs: 0,
    deeds: machines.includes(event.by) ? [] : [{ at: event.at, by: event.by, what: "started it", why: "" }],
    undone: null,
    firstSeq: seq,
    lastSeq: seq,
  };
}

function told(release: Release, event: RolloutEvent): Release {
  switch (event.type) {
    case "planLive":
      return { ...release, weight: Math.max(release.weight, event.weight) };
    case "promoted":
      return ended(withDeed(release, event, "gave it to everybody", event.reason), event, "promoted");
    case "rolledBack":
    case "returned":
      return ended(release, event, "rolledBack");
    case "aborted":
      return ended(withDeed(release, event, "took it back", event.reason), event, "aborted");
    case "ended":
      return ended(release, event, event.outcome as Release["outcome"]);
    case "undone":
      return undone(release, event);
    case "paused":
      return withDeed(release, event, "paused it", event.reason);
    case "resumed":
      return withDeed(release, event, "resumed it", event.reason ?? "");
    case "approved":
      return withDeed(release, event, "approved it", event.reason ?? "");
    default:
      return release;
  }
}

/** Undoing what was undone is redoing it. */
function undone(release: Release, event: RolloutEvent & { readonly type: "undone" }): Release {
  const what = release.undone === null ? "undid it" : "brought it back";
  const told = withDeed(release, event, what, event.reason);
  return { ...told, undone: release.undone === null ? (told.deeds.at(-1) ?? null) : null };
}

function withDeed(release: Release, { at, by }: { at: number; by: string }, what: string, why: string): Release {
  const deed: Deed = { at, by, what, why };
  return machines.includes(by) ? release : { ...release, deeds: [...release.deeds, deed] };
}

const ended = (
  release: Release,
  { at, reason }: { at: number; reason: string },
  outcome: Release["outcome"],
): Release => ({
  ...release,
  endedAt: at,
  outcome,
  reason,
});

/** Splits the time until an event between the machine and the people it waited for. */
function timed({ release, waitingSince }: Reading, event: RolloutEvent): Reading {
  const waits =
    event.type === "paused" || (event.type === "waiting" && (event.for === "approval" || event.for === "evidence"));
  const goesOn =
    event.type === "resumed" || event.type === "approved" || event.type === "stepDone" || release.endedAt !== null;
  const waited = waitingSince !== null && goesOn ? event.at - waitingSince : 0;
  const humanMs = release.humanMs + Math.max(0, waited);
  const since = goesOn ? null : (waitingSince ?? (waits ? event.at : null));
  const machineMs = Math.max(0, event.at - release.startedAt - humanMs - (since === null ? 0 : event.at - since));
  return { release: { ...release, humanMs, machineMs }, waitingSince: since };
}

/** A release as it is now: what is under way goes on ageing. */
export function asOf({ release, waitingSince }: Reading, now: number): Release {
  if (release.endedAt !== null) return release;
  const humanMs = release.humanMs + (waitingSince === null ? 0 : Math.max(0, now - waitingSince));
  return { ...release, humanMs, machineMs: Math.max(0, now - release.startedAt - humanMs) };
}

/** Whether people would say that the change failed: it was taken back for harm, or undone when everybody had it. */
export const hasFailed = ({ outcome, undone }: Release): boolean => outcome === "rolledBack" || undone !== null;
