/** What every message says, whoever carries it: the sentence, how loud it is, and a name that stays the same when it is sent again. */
import type { JournalEntry } from "../engine/ports.ts";
import { sentence, severity, type EventType, type RolloutEvent, type Severity } from "../rollout/events.ts";

/** What happens to rollouts: every event but the one that nothing has happened for. */
type Happening = Exclude<EventType, "test">;

/** Every event type; the compiler asks for those that are missing. */
const types: Readonly<Record<Happening, true>> = {
  started: true,
  stepEntered: true,
  planLive: true,
  stepDone: true,
  verdictChanged: true,
  promiseVoid: true,
  roundFailed: true,
  hookAnswered: true,
  paused: true,
  resumed: true,
  waiting: true,
  approved: true,
  promoted: true,
  rolledBack: true,
  watching: true,
  watchEnded: true,
  returned: true,
  aborted: true,
  undone: true,
  ended: true,
  gap: true,
  signalRefused: true,
};
const severities: Readonly<Record<Severity, true>> = { info: true, attention: true, good: true, bad: true };

export type Topic = Severity | Happening;

/** What `only` may name: how loud an event is, or what it is. */
export const topics = [...Object.keys(severities), ...Object.keys(types)] as [Topic, ...Topic[]];

/** Whether the event is one of those asked for; null asks for all. */
export function concerns(only: readonly Topic[] | null, event: RolloutEvent): boolean {
  return only === null || only.includes(severity(event)) || (event.type !== "test" && only.includes(event.type));
}

/** A message as machines read it. */
export interface Message {
  /** Stays the same however often the message is sent: receivers drop what they have seen. Another database's messages have others. */
  readonly id: string;
  readonly rollout: string;
  readonly seq: number;
  /** When it happened, epoch milliseconds. */
  readonly at: number;
  readonly type: EventType;
  readonly severity: Severity;
  readonly sentence: string;
  readonly event: RolloutEvent;
}

export function messageOf({ seq, rollout, event }: JournalEntry): Message {
  return {
    id: `${rollout}-${seq}-${event.at.toString(36)}`,
    rollout,
    seq,
    at: event.at,
    type: event.type,
    severity: severity(event),
    sentence: sentence(event),
    event,
  };
}

/** As JSON text. Half a surrogate pair, which some parsers refuse, becomes U+FFFD. */
export function jsonOf(payload: unknown): string {
  return JSON.stringify(payload, (_key, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value));
}

/** The revision that the event speaks of, where it names one. */
export function revisionOf(event: RolloutEvent): string | null {
  if (event.type === "started") return event.canary;
  return "revision" in event ? event.revision : null;
}

/** "Release 3", and the revision where the event names one. */
export function notesOf(event: RolloutEvent): readonly string[] {
  const revision = revisionOf(event);
  return [`Release ${event.release}`, ...(revision === null || revision.trim() === "" ? [] : [revision])];
}

/** The JSON in somebody's answer; null where there is none. */
export function jsonIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const found: unknown = JSON.parse(text);
    return found !== null && typeof found === "object" ? (found as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Whether a proxy or a page for logging in has answered in somebody's place. */
export const isPage = (text: string): boolean => /^\s*</.test(text);
