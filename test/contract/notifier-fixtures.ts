/** One event of every type, with the fields its sentence needs, a journal entry around it, and what is offered with it. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { JournalEntry } from "../../src/engine/ports.ts";
import type { Offers } from "../../src/notifiers/notifier.ts";
import type { EventType, RolloutEvent } from "../../src/rollout/events.ts";

const at = Date.UTC(2026, 10, 24, 14, 0, 0);
const head = { at, release: 3 };

type Of<Type extends EventType> = Extract<RolloutEvent, { readonly type: Type }>;

/** The compiler asks for the types that are missing. */
export const events: { readonly [Type in EventType]: Of<Type> } = {
  started: { ...head, type: "started", stable: "v1", canary: "v2", steps: 6, by: "anna" },
  stepEntered: {
    ...head,
    type: "stepEntered",
    step: 2,
    of: 6,
    name: "setWeight",
    weight: 500,
    mirror: 0,
    shifts: true,
  },
  planLive: { ...head, type: "planLive", version: 7, weight: 500, mirror: 0, stable: "v1", canary: "v2" },
  stepDone: { ...head, type: "stepDone", step: 3, of: 6, name: "analyze", reason: "every gate shows safety" },
  verdictChanged: {
    ...head,
    type: "verdictChanged",
    gate: "failures",
    verdict: "fail",
    reason: "31 of 500 requests failed on the canary against 4 of 9,500",
    dryRun: false,
  },
  promiseVoid: {
    ...head,
    type: "promiseVoid",
    gate: "failures",
    ground: "clustered",
    crossed: 5,
    of: 19,
    expected: 0.95,
    reason: "requests hang together, count people instead: 5 of 19 slices of stable look harmful against the rest",
  },
  roundFailed: { ...head, type: "roundFailed", failed: 2, of: 5, reason: "success: successRate of canary is 0.94" },
  hookAnswered: {
    ...head,
    type: "hookAnswered",
    hook: "smoke",
    on: "preRollout",
    said: "no",
    reason: "it ended with 1: 2 of 40 tests failed",
    output: "checkout: ok\nlogin: timed out\n2 of 40 tests failed",
  },
  paused: { ...head, type: "paused", by: "anna", reason: "lunch" },
  resumed: { ...head, type: "resumed", by: "anna" },
  waiting: { ...head, type: "waiting", for: "approval", reason: "QA" },
  approved: { ...head, type: "approved", by: "ben" },
  promoted: { ...head, type: "promoted", revision: "v2", by: "Serin", tookMs: 1_261_400, reason: "all steps are done" },
  rolledBack: {
    ...head,
    type: "rolledBack",
    revision: "v2",
    gates: ["failures"],
    weight: 500,
    tookMs: 4200,
    reason: "gate failures: 31 of 500 failed against 4 of 9,500",
  },
  watching: { ...head, type: "watching", revision: "v2", before: "v1", forMs: 1_800_000, holdback: 0 },
  watchEnded: {
    ...head,
    type: "watchEnded",
    revision: "v2",
    before: "v1",
    watchedMs: 1_800_000,
    measured: true,
    reason: "its time is over; failures: none of 18,000 requests failed",
  },
  returned: {
    ...head,
    type: "returned",
    revision: "v2",
    to: "v1",
    gates: ["failures"],
    watchedMs: 312_000,
    reason: "failures: 31 of 1,250 requests failed",
  },
  aborted: { ...head, type: "aborted", revision: "v2", by: "anna", reason: "wrong build" },
  undone: { ...head, type: "undone", revision: "v2", to: "v1", by: "anna", reason: "customers called" },
  ended: { ...head, type: "ended", outcome: "undecided", reason: "the deadline passed without enough evidence" },
  gap: { ...head, type: "gap", gate: "latency", from: at - 90_000, to: at, reason: "the gateway was not reachable" },
  signalRefused: {
    ...head,
    type: "signalRefused",
    verb: "approve",
    by: "ben",
    reason: "nothing waits for approval",
    signal: 9,
  },
  test: { ...head, type: "test", by: "anna" },
};

export const entryOf = (event: RolloutEvent = events.rolledBack, seq = 41): JournalEntry => ({
  seq,
  rollout: "shop",
  event,
});

const act = (verb: string, label: string) => ({ verb, label, url: `https://serin.example/act/${verb}.c0de` });

/** As the composition root offers them: a place to read on, and what to decide where somebody is to. */
export function offersOf({ type }: RolloutEvent): Offers {
  const link = "https://serin.example/rollouts/shop";
  if (type === "waiting") return { link, acts: [act("approve", "Approve to 25 %"), act("abort", "Take v2 back")] };
  return type === "paused" ? { link, acts: [act("resume", "Resume"), act("abort", "Take v2 back")] } : { link };
}

/** What a receiver is sent for each type of event: a change there is a change that people notice. */
export async function goldenMessages(name: string, messageFor: (event: RolloutEvent) => unknown): Promise<void> {
  const told: Record<string, unknown> = {};
  for (const event of Object.values(events)) told[event.type] = await messageFor(event);
  await expect(`${JSON.stringify(told, null, 2)}\n`).toMatchFileSnapshot(
    fileURLToPath(new URL(`../golden/messages/${name}.json`, import.meta.url)),
  );
}
