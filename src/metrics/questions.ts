/**
 * What a document asks of a source, once for both arms: counts where there are counts, else a histogram or a value. The
 * strongest that a gate can use is what it is given.
 */
import { z } from "zod";
import { arms, type Arm, type Measurement, type Window } from "../analysis/measurement.ts";
import type { Ask, Query, Split } from "../analysis/metric.ts";
import type { MetricSource } from "../engine/ports.ts";
import { asSerinError, SerinError } from "../errors.ts";
import { durationFrom } from "../rollout/amounts.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { noPairs, type MeanQuery } from "./amounts.ts";
import { filled, tellsArms, telling, unknownName, variables, type Words } from "./template.ts";

export const questionText = (title: string, example: string) =>
  z
    .string()
    .min(1)
    .max(10_000)
    .meta({ title, examples: [example] });

type Text = ReturnType<typeof questionText>;

const failing = ["bad", "good"] as const;

/** `counts: { total, bad }`, or `{ total, good }` where what goes well is counted: deliveries, conversions. */
export const countsSchema = (text: Text) =>
  z
    .strictObject({
      total: text.describe("how many there were"),
      bad: text.optional().describe("how many of them went badly"),
      good: text.optional().describe("how many of them went well, where that is what is counted"),
    })
    .meta(exactlyOne(failing))
    .transform((written, ctx): CountQuestions => {
      const said = theOne(written, failing, ctx);
      if (said === null) return z.NEVER;
      return { total: written.total, part: written[said] ?? "", counts: said };
    });

/** `part` is what `counts` says: of `total`, the bad ones or the good ones. */
export interface CountQuestions {
  readonly total: string;
  readonly part: string;
  readonly counts: (typeof failing)[number];
}

/** Questions of sources that give numbers for spans: counts, or a value. `narrowed` says what else a text must be. */
export function numberShape(title: string, example: string, narrowed: (text: Text) => Text = (text) => text) {
  const text = narrowed(questionText(title, example));
  return {
    counts: countsSchema(text).optional().describe("how many there were in a span, and how many of them in part"),
    value: text.optional().describe("one number of a span"),
  };
}

const words = z.record(
  z.string().regex(/^[A-Za-z][\w-]{0,50}$/, "expected a word of letters, digits and dashes"),
  z.string().max(1000),
);

/** Beside the questions: words for each arm that stand in them as {{word}}. */
export const wordsShape = {
  stable: words.default({}).describe("words that stand for stable in the questions: { track: primary } for {{track}}"),
  canary: words.default({}).describe("the same words for the canary"),
};

/** When the source is asked: about intervals of this length, this long after their end. */
export const paceShape = (interval: string, delay: string) => ({
  interval: durationFrom(1000)
    .refine((ms) => ms % 1000 === 0 && ms <= 3_600_000, "expected whole seconds, at most 1h")
    .prefault(interval)
    .describe("the span that is compared at a time; not shorter than the source's own resolution"),
  delay: durationFrom(0)
    .refine((ms) => ms <= 3_600_000, "expected at most 1h")
    .prefault(delay)
    .describe("how long after the end of a span nothing of it is to come any more"),
});

export interface Questions {
  readonly counts?: CountQuestions | undefined;
  readonly histogram?: string | undefined;
  readonly value?: string | undefined;
  /** Single values: one question, or several that are one together. */
  readonly amounts?: string | Readonly<Record<string, string>> | undefined;
  readonly stable: Words;
  readonly canary: Words;
}

/** What gates a source can serve: those whose question is written. */
export function offered({ counts, histogram, value, amounts }: Questions): readonly Ask[] {
  return [
    ...(counts === undefined ? [] : (["counts"] as const)),
    ...(histogram === undefined ? [] : (["histogram"] as const)),
    ...(amounts === undefined ? [] : (["mean"] as const)),
    ...(value === undefined && counts === undefined ? [] : (["value"] as const)),
  ];
}

type Context = z.core.$RefinementCtx;

/** Told at the door: nothing asked, a word that nobody knows, a question that does not tell the arms apart. */
export function checkQuestions(settings: Questions, ctx: Context): void {
  const asked = textsOf(settings);
  if (asked.length === 0)
    ctx.addIssue({ code: "custom", message: "expected a question: counts, histogram, value or amounts" });
  for (const { text, path, compared } of asked) checkWords(settings, [{ text, path }], compared, ctx);
  checkPairs(settings, ctx);
}

interface Placed {
  readonly text: string;
  readonly path: readonly (string | number)[];
}

/** Texts that are one question together: each word known, and the arms told apart where they are `compared`. */
export function checkWords(
  settings: Pick<Questions, Arm>,
  texts: readonly Placed[],
  compared: boolean,
  ctx: Context,
): void {
  const own = Object.keys(settings.stable);
  for (const { text, path } of texts) {
    const unknown = unknownName(text, own);
    const known = inBraces([...Object.keys(variables), ...own]);
    if (unknown !== null)
      ctx.addIssue({ code: "custom", message: `nobody knows {{${unknown}}}: ${known} are known`, path: [...path] });
  }
  if (!compared || texts.some(({ text }) => tellsArms(text, own) || unknownName(text, own) !== null)) return;
  const message = `asks the same of both arms: ${inBraces([...telling, ...own])} tell them apart`;
  ctx.addIssue({ code: "custom", message, path: [...texts[0].path] });
}

function checkPairs({ stable, canary }: Pick<Questions, Arm>, ctx: Context): void {
  const missing = Object.keys(stable).find((word) => canary[word] === undefined);
  const extra = Object.keys(canary).find((word) => stable[word] === undefined);
  const told = (message: string, arm: Arm) => ctx.addIssue({ code: "custom", message, path: [arm] });
  if (missing !== undefined) told(`${missing} is said for stable and not for canary`, "canary");
  if (extra !== undefined) told(`${extra} is said for canary and not for stable`, "stable");
}

const inBraces = (names: readonly string[]) => names.map((name) => `{{${name}}}`).join(", ");

function textsOf({ counts, histogram, value, amounts }: Questions) {
  const list: { text: string; path: readonly string[]; compared: boolean }[] = [];
  if (counts !== undefined) {
    list.push({ text: counts.total, path: ["counts", "total"], compared: true });
    list.push({ text: counts.part, path: ["counts", counts.counts], compared: true });
  }
  if (histogram !== undefined) list.push({ text: histogram, path: ["histogram"], compared: true });
  const parts = typeof amounts === "string" ? [["", amounts] as const] : Object.entries(amounts ?? {});
  for (const [part, text] of parts)
    list.push({ text, path: part === "" ? ["amounts"] : ["amounts", part], compared: true });
  // a fixed limit may be on something that both arms share
  if (value !== undefined) list.push({ text: value, path: ["value"], compared: false });
  // what does not fit by itself has been told already
  return list.filter(({ text }) => typeof text === "string");
}

/** One look as a source answers it: the texts are filled in, and the split is known. */
export interface Look {
  readonly window: Window;
  readonly split: Split;
  readonly signal: AbortSignal;
  /** A text with its words put in for an arm. */
  fill(text: string, arm: Arm, encode?: (value: string) => string): string;
}

export interface Answers {
  readonly counts?: (question: Readonly<Record<Arm, CountQuestions>>, look: Look) => Promise<Measurement>;
  readonly histogram?: (question: Readonly<Record<Arm, string>>, look: Look) => Promise<Measurement>;
  readonly value?: (question: string, look: Look & { readonly arm: Arm }) => Promise<Measurement>;
  readonly mean?: (query: MeanQuery, look: Look) => Promise<Measurement>;
}

/** A source: its name for sentences, what the document asks, and how it answers. */
export interface Answering {
  readonly name: string;
  readonly rollout: string;
  readonly questions: Questions;
  readonly answers: Answers;
}

/** What cannot be asked is SOURCE_FAILED, and an abort is its reason. */
export function answering(source: Answering): MetricSource {
  return {
    async measure(query, window, signal) {
      signal.throwIfAborted();
      try {
        return await answerOf(source, query, window, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asSerinError(thrown);
        if (error.code === "SOURCE_FAILED") throw error;
        throw new SerinError("SOURCE_FAILED", error.message, { cause: thrown });
      }
    },
  };
}

async function answerOf(source: Answering, query: Query, window: Window, signal: AbortSignal): Promise<Measurement> {
  const { split } = query;
  if (split === undefined) throw refused(source, "can only be asked while it is known which plan is live");
  const { rollout, questions } = source;
  const fill: Look["fill"] = (text, arm, encode = (value) => value) =>
    filled(text, { rollout, arm, labels: split[arm], window, words: questions[arm], encode });
  const look = { window, split, signal, fill };
  if (query.ask === "mean") return meanOf(source, query, look);
  if (query.ask === "counts") return countsOf(source, look);
  return query.ask === "histogram" ? histogramOf(source, look) : valueOf(source, query, look);
}

async function meanOf(source: Answering, query: MeanQuery, look: Look): Promise<Measurement> {
  if (query.pairs) throw noPairs(source.name);
  if (source.answers.mean === undefined || source.questions.amounts === undefined)
    throw refused(source, "is asked for no amounts");
  return source.answers.mean(query, look);
}

async function countsOf(source: Answering, look: Look): Promise<Measurement> {
  const { questions, answers } = source;
  const { counts } = questions;
  if (counts === undefined || answers.counts === undefined) throw refused(source, "is asked for no counts");
  const of = (arm: Arm): CountQuestions => ({
    ...counts,
    total: look.fill(counts.total, arm),
    part: look.fill(counts.part, arm),
  });
  return answers.counts({ stable: of("stable"), canary: of("canary") }, look);
}

async function histogramOf(source: Answering, look: Look): Promise<Measurement> {
  const { questions, answers } = source;
  const { histogram } = questions;
  if (histogram === undefined || answers.histogram === undefined) throw refused(source, "is asked for no histogram");
  const of = (arm: Arm) => look.fill(histogram, arm);
  return answers.histogram({ stable: of("stable"), canary: of("canary") }, look);
}

async function valueOf(source: Answering, { value, arm }: ValueQuery, look: Look): Promise<Measurement> {
  const { questions, answers } = source;
  if (questions.value !== undefined && answers.value !== undefined)
    return answers.value(look.fill(questions.value, arm), { ...look, arm });
  return rateOf(await countsOf(source, look), value, arm);
}

type ValueQuery = Query & { readonly ask: "value" };

const refused = ({ name }: Answering, why: string) => new SerinError("SOURCE_FAILED", `${name} ${why}`);

/** Values that counts have: failureRate, successRate, requestRate (a second). */
export const countValues = ["failureRate", "successRate", "requestRate"] as const;

export function rateOf(measured: Measurement, value: string, arm: Arm): Measurement {
  if (measured.kind !== "counts") return measured;
  const { window, ticks } = measured;
  let [n, bad] = [0, 0];
  for (const { [arm]: counts } of ticks) [n, bad] = [n + counts.n, bad + counts.bad];
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  if (value === "requestRate") return is((n * 1000) / (window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `nothing was counted of ${arm}` };
  if (value === "failureRate") return is(bad / n);
  if (value === "successRate") return is((n - bad) / n);
  throw new SerinError("SOURCE_FAILED", `counts have no value named ${value}: only ${countValues.join(", ")}`);
}

/** Arms in their order, each asked at the same time. */
export async function ofBoth<T>(of: (arm: Arm) => Promise<T>): Promise<Readonly<Record<Arm, T>>> {
  const [stable, canary] = await Promise.all(arms.map(of));
  return { stable, canary };
}
