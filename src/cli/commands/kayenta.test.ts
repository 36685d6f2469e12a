/** Every vector through the command line: what comes out is what upstream wrote out. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "../../../test/cli/shell.ts";

interface Vector {
  readonly id: string;
  readonly config: unknown;
  readonly thresholds: unknown;
  readonly metricSetPairList: unknown;
  readonly expect: { readonly judgeResult?: unknown };
  readonly nondeterministic?: unknown;
}

const vectors = JSON.parse(readFileSync(new URL("../../../test/vectors/kayenta.json", import.meta.url), "utf8")) as {
  readonly judge: readonly Vector[];
  readonly judgeRandom: readonly Vector[];
};
const all = [...vectors.judge, ...vectors.judgeRandom].filter(({ nondeterministic }) => nondeterministic === undefined);
const inputOf = ({ config, thresholds, metricSetPairList }: Vector) => ({
  canaryConfig: config,
  scoreThresholds: thresholds,
  metricSetPairList,
});
const judge = (input: string) => run(["kayenta", "judge", "-"], { input });

test("one object a line: a result a line, field for field; one that fails as a whole gives an error object and 1", async () => {
  const { code, out, err } = await judge(all.map((vector) => JSON.stringify(inputOf(vector))).join("\n"));
  const lines = out.trimEnd().split("\n");
  expect([code, err, lines.length]).toEqual([1, "", all.length]);
  for (const [i, { id, expect: expected }] of all.entries()) {
    if (expected.judgeResult === undefined) expect(JSON.parse(lines[i]), id).toHaveProperty("error.message");
    else expect(JSON.parse(lines[i]), id).toStrictEqual(expected.judgeResult);
  }
});

test("one object over many lines", async () => {
  const vector = all.find(({ expect: expected }) => expected.judgeResult !== undefined) as Vector;
  const { code, out } = await judge(JSON.stringify(inputOf(vector), null, 2));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toStrictEqual(vector.expect.judgeResult);
});

test.each([
  ["{", "not JSON"],
  ["[1]", "expected an object"],
  ["{}", "canaryConfig: expected an object"],
])("%s is answered with an error object", async (input, message) => {
  const { code, out } = await judge(input);
  expect([code, out]).toEqual([1, expect.stringContaining(message)]);
});

test("nothing to judge, or nobody who does it, is a mistake of usage", async () => {
  expect((await judge(" \n")).code).toBe(2);
  expect((await run(["kayenta", "guess", "-"])).code).toBe(2);
  expect((await run(["kayenta", "judge", "nowhere.json"])).code).toBe(2);
});
