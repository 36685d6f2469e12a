/** docs/reference/events.md: what can happen to a rollout, how loud it is, and the sentence that people read. */
import { verdictKinds } from "../../src/analysis/verdict.ts";
import type { Outcome } from "../../src/rollout/outcome.ts";
import { sentence, severity, type EventType, type RolloutEvent, type Severity } from "../../src/rollout/events.ts";
import { code, page, table } from "./markdown.ts";
import type { Output } from "./output.ts";

type Sample<Type extends EventType> = Omit<Extract<RolloutEvent, { type: Type }>, "at" | "release" | "type">;

const harm =
  "canary failed 4 of 53 visits, stable 3 of 1,153: about 31 times as often, beyond the margin of 1.25 times";

/** One of each, as a release of v2 over v1 has them. The compiler asks for those that are missing. */
const samples: { readonly [Type in EventType]: Sample<Type> } = {
  started: { stable: "v1", canary: "v2", steps: 8, by: "ann" },
  stepEntered: { step: 3, of: 8, name: "setWeight", weight: 500, mirror: 0, shifts: true },
  planLive: { version: 4, weight: 500, mirror: 0, stable: "v1", canary: "v2" },
  stepDone: { step: 4, of: 8, name: "analyze", reason: "shown to be safe by failures, latency" },
  verdictChanged: { gate: "failures", verdict: "fail", reason: harm, dryRun: false },
  promiseVoid: {
    gate: "failures",
    ground: "clustered",
    crossed: 5,
    of: 19,
    expected: 0.95,
    reason:
      "requests hang together, count people instead: 5 of 19 slices of stable look harmful against the rest, 0.95 expected at most",
  },
  roundFailed: { failed: 2, of: 5, reason: "success: successRate of canary is 0.94, at least 0.99 needed" },
  hookAnswered: { hook: "smoke", on: "preRollout", said: "yes", reason: "40 tests passed", output: "40 tests passed" },
  paused: { by: "ann", reason: "support is asking" },
  resumed: { by: "ann" },
  waiting: { for: "approval", reason: "look at the checkout page" },
  approved: { by: "ann" },
  promoted: {
    revision: "v2",
    by: "Serin",
    tookMs: 1_512_000,
    reason: "every step is done, passed by failures, latency",
  },
  rolledBack: { revision: "v2", gates: ["failures"], weight: 500, tookMs: 4000, reason: `failures: ${harm}` },
  watching: { revision: "v2", before: "v1", forMs: 1_800_000, holdback: 0 },
  watchEnded: {
    revision: "v2",
    before: "v1",
    watchedMs: 1_800_000,
    measured: true,
    reason: "its time is over; failures: 12 of 18,000 requests failed, 0.067 %; up to 0.31 % is tolerated",
  },
  returned: {
    revision: "v2",
    to: "v1",
    gates: ["failures"],
    watchedMs: 312_000,
    reason: "failures: 31 of 1,250 requests failed, 2.5 %; up to 0.31 % is tolerated",
  },
  aborted: { revision: "v2", by: "ann", reason: "wrong build" },
  undone: { revision: "v2", to: "v1", by: "ann", reason: "complaints" },
  ended: { outcome: "undecided", reason: "the deadline passed without enough evidence from latency" },
  gap: { gate: "latency", from: 0, to: 42_000, reason: "the gateway was started again" },
  signalRefused: { verb: "promote", by: "ann", reason: "nothing is under way" },
  test: { by: "ann" },
};

const eventOf = (type: EventType, more: object = {}) =>
  ({ at: 0, release: 1, type, ...samples[type], ...more }) as RolloutEvent;

/** The outcomes that have no event of their own. */
const outcomes: readonly Outcome[] = ["undecided", "unmeasurable", "passed"];

/** Those that depend on what the event says. */
const variants: Partial<Record<EventType, readonly (readonly [said: string, event: RolloutEvent])[]>> = {
  verdictChanged: verdictKinds.map((verdict) => [verdict, eventOf("verdictChanged", { verdict })]),
  ended: outcomes.map((outcome) => [outcome, eventOf("ended", { outcome })]),
};

function loudness(type: EventType): string {
  const by = new Map<Severity, string[]>();
  for (const [said, event] of variants[type] ?? [["", eventOf(type)]])
    by.set(severity(event), [...(by.get(severity(event)) ?? []), said]);
  if (by.size === 1) return [...by.keys()].map(code).join("");
  return [...by].map(([loud, said]) => `${code(loud)} (${said.join(", ")})`).join("; ");
}

const fieldsOf = (type: EventType) => Object.keys(samples[type]).map(code).join(", ");

export function eventsPage(): Output {
  const types = Object.keys(samples) as readonly EventType[];
  const text = page(
    "# Events",
    `What can happen to a rollout. Every event has \`at\` (epoch milliseconds), \`release\` and \`type\`, and the fields named here; weights
are basis points (500 = 5 %). The sentence is the same in commands, API and messages. \`good\` and \`bad\` end a release, \`attention\`
wants a person, \`info\` is progress.`,
    table(
      ["type", "how loud", "fields", "for example"],
      types.map((type) => [code(type), loudness(type), fieldsOf(type), sentence(eventOf(type))]),
    ),
  );
  return { path: "docs/reference/events.md", text };
}
