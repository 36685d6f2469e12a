/**
 * Sources that give a number for a span of time, and nothing finer: each interval is asked for by itself. Counts are the
 * sum of what the span has; a value is the last of it.
 */
import type { Arm, Counts, Measurement, Window } from "../analysis/measurement.ts";
import type { MetricSource } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import { amountsOf, tickedAmounts } from "./amounts.ts";
import { quoted } from "./asking/asker.ts";
import { ofBoth, type Answers, type CountQuestions, type Look } from "./questions.ts";

/** The numbers of a span, oldest first: one, or several where the source is finer; none where it has none. */
export type Numbers = (
  text: string,
  look: Pick<Look, "window" | "signal"> & { readonly arm: Arm },
) => Promise<readonly number[]>;

export function numberAnswers(
  numbers: Numbers,
  amounts?: string,
): Required<Pick<Answers, "counts" | "value" | "mean">> {
  return {
    async mean(query, look) {
      const { window, split, signal } = look;
      const found = await ofBoth(async (arm) => {
        const values = await numbers(look.fill(amounts ?? "", arm), { window, signal, arm });
        return amountsOf(
          values.map((value) => [value, 1] as const),
          query,
        );
      });
      return tickedAmounts(found, query, window, split.plan);
    },
    async counts(questions, look) {
      const { window, split } = look;
      const counted = await ofBoth((arm) => countsOf(numbers, questions[arm], arm, look));
      return ticked(counted, window, split.plan);
    },
    async value(text, { window, signal, arm }) {
      const last = (await numbers(text, { window, signal, arm })).at(-1);
      return valueOrNot(last, window);
    },
  };
}

/** A value that a gate can use, or why there is none. */
export function valueOrNot(value: number | undefined, window: Window): Measurement {
  if (value === undefined) return { kind: "noData", window, reason: "the question has no result" };
  if (Number.isFinite(value)) return { kind: "value", window, value };
  return { kind: "noData", window, reason: `the question's result is no number (${value})` };
}

/** One interval of both arms. */
export function ticked(counted: Readonly<Record<Arm, Counts>>, window: Window, plan: number): Measurement {
  const { stable, canary } = counted;
  if (stable.n === 0 && canary.n === 0) return { kind: "noData", window, reason: "nothing was counted" };
  return { kind: "counts", window, ticks: [{ at: window.from, plan, stable, canary }] };
}

async function countsOf(numbers: Numbers, question: CountQuestions, arm: Arm, look: Look): Promise<Counts> {
  const of = async (text: string) => whole(sumOf(await numbers(text, { ...look, arm })), text);
  const [n, part] = await Promise.all([of(question.total), of(question.part)]);
  return asCounts(n, part, question, arm);
}

/** Throws SOURCE_FAILED for a part that is more than all. */
export function asCounts(n: number, part: number, { counts }: Pick<CountQuestions, "counts">, arm: Arm): Counts {
  if (part <= n) return { n, bad: counts === "bad" ? part : n - part };
  const message = `of ${arm} ${part} were ${counts} of ${n} in all: total does not count everything that ${counts} counts`;
  throw new SerinError("SOURCE_FAILED", message);
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** A whole number of events, from 0 on; sums of doubles may be off by a little. Throws SOURCE_FAILED. */
export function whole(number: number, question: string): number {
  const rounded = Math.round(number);
  if (rounded >= 0 && Math.abs(number - rounded) <= 1e-6 * Math.max(1, number)) return rounded;
  const message = `${quoted(question)} came to ${number}, and what is counted is whole: ask for a count, not for a rate or a mean`;
  throw new SerinError("SOURCE_FAILED", message);
}

/** So many intervals are asked for at one look at most; the next look goes on. */
const MOST = 20;

/** Asks for one interval after the other. What was had before one failed is not lost. */
export function spanwise(inner: MetricSource, everyMs: number): MetricSource {
  return {
    async measure(query, window, signal) {
      if (query.ask === "value") return inner.measure(query, window, signal);
      const parts: Measurement[] = [];
      for (const part of partsOf(window, everyMs)) {
        try {
          parts.push(await inner.measure(query, part, signal));
        } catch (thrown) {
          signal.throwIfAborted();
          if (parts.length === 0) throw thrown;
          break;
        }
      }
      return joined(parts);
    },
  };
}

function partsOf({ from, to }: Window, everyMs: number): readonly Window[] {
  const count = Math.min(MOST, Math.ceil((to - from) / everyMs));
  return Array.from({ length: count }, (_, i) => {
    const begin = from + i * everyMs;
    return { from: begin, to: Math.min(to, begin + everyMs) };
  });
}

function joined(parts: readonly Measurement[]): Measurement {
  const window = { from: parts[0].window.from, to: parts[parts.length - 1].window.to };
  const ticks = parts.flatMap((part) => (part.kind === "counts" ? part.ticks : []));
  if (ticks.length > 0) return { kind: "counts", window, ticks };
  const means = parts.filter((part) => part.kind === "mean");
  if (means.length > 0) return { ...means[0], window, ticks: means.flatMap((part) => part.ticks) };
  const [first] = parts;
  return { kind: "noData", window, reason: first.kind === "noData" ? first.reason : "nothing was counted" };
}
