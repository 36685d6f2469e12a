/** Several values of both arms, asked of their sources one by one and put together again. */
import { arms, type Arm, type Measurement, type Window } from "./measurement.ts";
import type { Query, ValuesQuery } from "./metric.ts";

export interface ValueQuestion {
  readonly name: string;
  readonly arm: Arm;
  readonly source: ValuesQuery["values"][number]["source"];
  readonly query: Query;
}

/** Every value of every arm. */
export function questionsOf({ values, split }: ValuesQuery): readonly ValueQuestion[] {
  return values.flatMap(({ name, value, source }) =>
    arms.map((arm): ValueQuestion => {
      const query: Query = { ask: "value", value, arm, ...(split === undefined ? {} : { split }) };
      return { name, arm, source, query };
    }),
  );
}

/**
 * One measurement of all answers, given in the order of the questions. A value that there was no data for is null, and
 * so is one that is no finite number. An error of one is an error of all: half a look would be judged as a whole one.
 */
export function valuesOf(query: ValuesQuery, answers: readonly Measurement[], asked: Window): Measurement {
  const failed = answers.find((answer) => answer.kind === "error");
  if (failed !== undefined) return failed;
  const window = answers.find(({ kind }) => kind === "value")?.window ?? asked;
  const found = { stable: {} as Record<string, number | null>, canary: {} as Record<string, number | null> };
  for (const [i, { name, arm }] of questionsOf(query).entries()) {
    const answer = answers[i];
    found[arm][name] = answer.kind === "value" && Number.isFinite(answer.value) ? answer.value : null;
  }
  return { kind: "values", window, ...found };
}
