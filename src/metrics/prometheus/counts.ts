/** Counts of both arms from raw counters, interval by interval. */
import { arms, type Arm, type Counts, type Measurement } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { ofBoth, type CountQuestions, type Look } from "../questions.ts";
import type { PrometheusApi } from "./api.ts";
import { targetsOf, type Rise } from "./rises.ts";
import { counters, minusCounter, samplesOf, wholeOf } from "./samples.ts";
import { place, requireScrapes, type Placed, type Span } from "./spans.ts";

/** What one arm's series gave: null where no series matched. */
interface Counted extends Placed<number> {
  readonly question: CountQuestions;
}

export async function countsFrom(
  api: PrometheusApi,
  questions: Readonly<Record<Arm, CountQuestions>>,
  { window, split, signal }: Look,
  every: number,
): Promise<Measurement> {
  const span: Span = { window, every, since: split.since };
  const counted = await ofBoth((arm) => countedOf(api, arm, questions[arm], span, signal));
  const missing = arms.find((arm) => counted[arm] === null);
  if (missing !== undefined)
    return { kind: "noData", window, reason: `no series of ${missing} match ${questions[missing].total}` };
  return ticksOf(counted as Readonly<Record<Arm, Counted>>, span, split.plan);
}

async function countedOf(
  api: PrometheusApi,
  arm: Arm,
  question: CountQuestions,
  span: Span,
  signal: AbortSignal,
): Promise<Counted | null> {
  const [total, part] = await Promise.all([
    samplesOf(api, question.total, span, signal),
    samplesOf(api, question.part, span, signal),
  ]);
  if (total.length === 0) return null;
  const targets = targetsOf([...counters(total, "total"), ...counters(part, "part")], minusCounter);
  requireScrapes(targets, span.every);
  return { ...place(arm, targets, span), question };
}

function ticksOf(counted: Readonly<Record<Arm, Counted>>, { window, every }: Span, plan: number): Measurement {
  const indices = arms.flatMap((arm) => [...counted[arm].byInterval.keys()]);
  const sorted = [...new Set(indices)].toSorted((a, b) => a - b);
  const ticks = sorted
    .map((index) => ({
      at: window.from + index * every,
      plan,
      stable: sumOf(counted.stable, index, "stable"),
      canary: sumOf(counted.canary, index, "canary"),
    }))
    .filter(({ stable, canary }) => stable.n > 0 || canary.n > 0);
  const gaps = arms.flatMap((arm) => counted[arm].gaps);
  const gap = gaps.length === 0 ? {} : { gap: gaps.join("; ") };
  if (ticks.length > 0 || gaps.length > 0) return { kind: "counts", window, ticks, ...gap };
  return { kind: "noData", window, reason: "nothing was counted" };
}

function sumOf({ byInterval, question }: Counted, index: number, arm: Arm): Counts {
  const rises = byInterval.get(index) ?? [];
  const n = wholeOf(totalOf(rises, "total"), question.total);
  const part = wholeOf(totalOf(rises, "part"), question.part);
  const bad = question.counts === "bad" ? part : n - part;
  if (part <= n) return { n, bad };
  const message = `of ${arm} ${part} were ${question.counts} of ${n} in all: total does not count everything that ${question.counts} counts`;
  throw new SerinError("SOURCE_FAILED", message);
}

const totalOf = (rises: readonly Rise<number>[], role: string): number =>
  rises.flatMap(({ of }) => of).reduce((sum, each) => sum + (each.role === role ? each.rise : 0), 0);
