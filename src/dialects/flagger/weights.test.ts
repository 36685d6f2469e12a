/** The shares of Flagger's own arithmetic, by cases of its own tests, and what is refused. */
import { expect, test } from "vitest";
import { parseKept } from "../../document/index.ts";
import { goDuration } from "../durations.ts";
import { translateFlagger } from "./index.ts";

const canaryOf = (analysis: object) =>
  JSON.stringify({
    apiVersion: "flagger.app/v1beta1",
    kind: "Canary",
    metadata: { name: "shop" },
    spec: {
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
      service: { port: 80 },
      analysis: { interval: "1m", threshold: 2, ...analysis },
    },
  });

function sharesOf(analysis: object): { readonly shares: readonly number[]; readonly stops: number } {
  const { document, name, lost } = translateFlagger([{ file: "canary.json", text: canaryOf(analysis) }], {});
  const { strategy } = parseKept(name, document);
  const steps = "canary" in strategy ? strategy.canary.steps : [];
  const shares = steps.flatMap((step) => ("setWeight" in step ? [step.setWeight.weight / 100] : []));
  return { shares, stops: lost.filter(({ stops }) => stops).length };
}

test.each<[object, readonly number[]]>([
  [{ stepWeight: 20, maxWeight: 50 }, [20, 40, 60]],
  [{ stepWeight: 10, maxWeight: 30 }, [10, 20, 30]],
  [{ stepWeight: 100 }, [100]],
  [{ stepWeight: 60 }, [60, 100]],
  [{ stepWeight: 40, maxWeight: 90 }, [40, 80, 100]],
  [{ stepWeights: [1, 2, 10, 80] }, [1, 2, 10, 80]],
  [{ stepWeights: [5, 100] }, [5, 100]],
  [{ stepWeights: [5, 50, 40] }, [5, 50]],
])("%j goes through %j", (analysis, shares) => {
  expect(sharesOf(analysis)).toEqual({ shares, stops: 0 });
});

test.each([
  { stepWeight: 0 },
  { stepWeights: [10, 10, 50] },
  { stepWeights: [10, 5, 50] },
  { stepWeights: [10.5, 50] },
])("%j is not run", (analysis) => {
  expect(sharesOf(analysis).stops).toBeGreaterThan(0);
});

test.each<[string, number | null]>([
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  ["300ms", 300],
  ["2us", 0],
  ["0", 0],
  ["60", null],
  ["1d", null],
  ["-1m", null],
  ["", null],
])("Go reads the duration %j as %j milliseconds", (text, ms) => {
  expect(goDuration(text)).toBe(ms);
});
