import { expect, test } from "vitest";
import type { ReleaseExposure } from "../wire-exposure.ts";
import { exposureCsv } from "./exposure-csv.ts";

const met = { requests: 5, failures: 1, units: null, unitsFailed: null, sessions: null, forced: null };

const release = (canary: string): ReleaseExposure => ({
  release: 2,
  outcome: "rolledBack",
  startedAt: 0,
  endedAt: 60_000,
  countedFrom: 0,
  countedTo: 60_000,
  exact: true,
  stable: { revision: "v1", ...met },
  canary: { revision: canary, ...met },
  extra: { gate: "failures", about: "requests that failed", best: 3.26, low: null, high: 8 },
  moves: null,
});

test("every line has as many cells as the head, whatever a revision is called, and no cell is a formula", () => {
  const named = { '=cmd("x")': `"'=cmd(""x"")"`, 'a,"b"': '"a,""b"""', "@sum": "'@sum", "1.2.3-rc": "1.2.3-rc" };
  for (const [revision, written] of Object.entries(named)) {
    const text = exposureCsv({ rollout: "shop", releases: [release(revision)] });
    expect(text).toContain(`,canary,${written},`);
    expect(text.endsWith("\n")).toBe(true);
  }
  const [head, stable, canary] = exposureCsv({ rollout: "shop", releases: [release("v2")] }).split("\n");
  expect(stable.split(",")).toHaveLength(head.split(",").length);
  expect(canary).toBe(
    "2,rolledBack,1970-01-01T00:00:00.000Z,1970-01-01T00:01:00.000Z,canary,v2,,,,5,1,,3.3,,8,requests that failed,yes,1970-01-01T00:00:00.000Z,1970-01-01T00:01:00.000Z",
  );
});
