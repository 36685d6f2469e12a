import { expect, test } from "vitest";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { alarmKey, alarmOf, sourceSchema } from "./alarm.ts";

const typesThat = (alarm: string) =>
  Object.values(events)
    .filter((event) => alarmOf(event) === alarm)
    .map(({ type }) => type);

test("what wants a person raises the alarm, what goes on or was settled clears it", () => {
  expect(typesThat("raise")).toEqual([
    "verdictChanged",
    "promiseVoid",
    "roundFailed",
    "paused",
    "waiting",
    "rolledBack",
    "returned",
    "ended",
    "gap",
  ]);
  expect(typesThat("clear")).toEqual([
    "stepEntered",
    "resumed",
    "approved",
    "promoted",
    "watchEnded",
    "aborted",
    "undone",
  ]);
  expect(alarmOf({ ...events.ended, outcome: "passed" })).toBe("clear");
  expect(alarmOf({ ...events.verdictChanged, verdict: "pass" })).toBe("none");
  expect(alarmOf({ ...events.watchEnded, measured: false })).toBe("raise");
});

/** Whatever raises it, there is an event after it that clears it, however the release goes on. */
test.each(["resumed", "approved", "promoted", "aborted", "stepEntered"] as const)(
  "%s has the key of what it clears",
  (type) => {
    expect(alarmKey("serin", entryOf(events[type]))).toBe(alarmKey("serin", entryOf(events.waiting)));
  },
);

test("keys tell rollouts, releases, Serins and tests apart", () => {
  const event = events.paused;
  const entries = ["shop", "shop-3"].flatMap((rollout) =>
    [3, 31].map((release) => ({ ...entryOf({ ...event, release }), rollout })),
  );
  const keys = ["serin", "serin.shop"].flatMap((source) => entries.map((entry) => alarmKey(source, entry)));
  expect(new Set([...keys, alarmKey("serin", entryOf(events.test))]).size).toBe(9);
  for (const key of keys) expect(encodeURIComponent(key)).toBe(key);
});

test.each(["", "a b", "a/b", "-x", "x".repeat(101)])("%j is no source", (source) => {
  expect(sourceSchema.safeParse(source).success).toBe(false);
});
