/** The library is what its entry says, and the README's document goes through it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as serin from "../src/index.ts";

test("a document becomes a first status and a first decision", () => {
  const file = new URL("../examples/canary.yaml", import.meta.url);
  const { rollout } = serin.readDocument(readFileSync(file), "canary.yaml");
  const status = serin.initialStatus(rollout, 0, "seed");
  expect(serin.due(rollout, status, 0)).toEqual([{ look: "plan" }]);
  const seen = { now: 0, plan: status.plan, canary: null, measurements: {}, hooks: {}, signals: [] };
  const { events } = serin.decide(rollout, status, seen);
  expect(events.map(serin.sentence).join("\n")).toMatch(/^Release 1 of \S+ over \S+ started by the document/);
});
