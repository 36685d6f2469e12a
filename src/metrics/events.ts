/**
 * What applications report to Serin's own API (`POST /v1/events`, OTLP): how often something went badly, who of those that
 * came did something, how much it was on average.
 *
 *     source:
 *       events:
 *         conversion: { of: visit, to: order, within: 10m }
 */
import { z } from "zod";
import {
  arms,
  type Amounts,
  type Arm,
  type Counts,
  type Measurement,
  type Tick,
  type Window,
} from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { durationFrom } from "../rollout/amounts.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { differencesOf } from "../stats/spread.ts";
import type { EventBook } from "./events/book.ts";
import { amountsOf as spreadOf, requireWithin } from "./amounts.ts";
import { paceShape, rateOf } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

export const eventNameSchema = z
  .string()
  .regex(/^[A-Za-z][\w.:/-]{0,99}$/, "expected a name of letters, digits and _.:/-, at most 100")
  .meta({ title: "event name", examples: ["order"] });

const kinds = ["outcome", "conversion", "mean", "perUnit"] as const;

const outcomeSchema = z.strictObject({
  name: eventNameSchema.describe("what is reported each time, with value 1 or 0"),
  bad: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("the value of those that went badly"),
});

const within = durationFrom(1000)
  .refine((ms) => ms <= 3_600_000, "expected at most 1h")
  .prefault("10m")
  .describe("how long they have for it; gates wait as long");

const conversionSchema = z.strictObject({
  of: eventNameSchema.describe("what those have done who are counted, by unit: once in a stage"),
  to: eventNameSchema.describe("what they are to do"),
  within,
});

const sums = ["sum", "mean"] as const;
const perUnitSchema = z
  .strictObject({
    of: eventNameSchema.describe("what those have done who are counted, by unit: once in a stage"),
    sum: eventNameSchema.optional().describe("what is added up of each of them; 0 for who does none of it"),
    mean: eventNameSchema.optional().describe("what is averaged of each of them; who does none of it is not counted"),
    within,
  })
  .meta(exactlyOne(sums))
  .transform((written, ctx) => {
    const by = theOne(written, sums, ctx);
    return by === null ? z.NEVER : { of: written.of, by, to: written[by] ?? "", within: written.within };
  });

const config = z
  .strictObject({
    outcome: outcomeSchema
      .optional()
      .describe("events that went well or badly: payments, deliveries, calls, cache look-ups"),
    conversion: conversionSchema.optional().describe("people who did one thing, and whether they did another"),
    mean: eventNameSchema.optional().describe("how much each report is: tokens, cost, scores"),
    perUnit: perUnitSchema
      .optional()
      .describe("how much each of those who came did, or spent: pages of a session, euros of a visitor"),
    ...paceShape("15s", "10s"),
  })
  .meta(exactlyOne(kinds))
  .transform((written, ctx) => {
    if (theOne(written, kinds, ctx) === null) return z.NEVER;
    // what somebody may still do is not known before
    return { ...written, delay: written.delay + (written.conversion?.within ?? written.perUnit?.within ?? 0) };
  })
  .describe("what applications report to Serin");

type Settings = z.output<typeof config>;

export const events = defineMetricSource({
  name: "events",
  config,
  offers: ({ mean, perUnit }) =>
    mean === undefined && perUnit === undefined ? ["counts", "value"] : ["mean", "value"],
  create(settings, deps) {
    return {
      async measure(query, window, signal) {
        signal.throwIfAborted();
        return measured(settings, deps, query, window);
      },
    };
  },
});

function measured(
  settings: Settings,
  { rollout, events }: MetricSourceDeps,
  query: Query,
  window: Window,
): Measurement {
  const { split } = query;
  if (events === null || split === undefined)
    throw new SerinError("SOURCE_FAILED", `no events of ${rollout} are taken here while nothing is being released`);
  const asked: Asked = { settings, rollout, events, plan: split.plan };
  const gap = query.ask === "mean" ? events.valuesGapIn(rollout, window) : events.gapIn(rollout, window);
  const measurement = answerOf(asked, query, window);
  const isKnown = measurement.kind !== "noData" && measurement.kind !== "error";
  return gap !== null && isKnown ? { ...measurement, gap } : measurement;
}

interface Asked {
  readonly settings: Settings;
  readonly rollout: string;
  readonly events: EventBook;
  readonly plan: number;
}

function answerOf(asked: Asked, query: Query, window: Window): Measurement {
  const { mean, perUnit } = asked.settings;
  const hasAmounts = mean !== undefined || perUnit !== undefined;
  if (query.ask === "histogram") throw new SerinError("SOURCE_FAILED", "events have no histogram");
  if (query.ask === "mean") {
    if (!hasAmounts) throw new SerinError("SOURCE_FAILED", "outcomes and conversions have no amounts");
    return amountsOf(asked, query, window);
  }
  if (!hasAmounts) {
    const counts = countsOf(asked, window);
    return query.ask === "counts" ? counts : rateOf(counts, query.value, query.arm);
  }
  if (query.ask === "counts") throw new SerinError("SOURCE_FAILED", "amounts have no counts");
  return meanOf(asked, query.arm, window);
}

/** One number of one arm, for a fixed limit. */
function meanOf({ settings, rollout, events, plan }: Asked, arm: Arm, window: Window): Measurement {
  const { mean = "", perUnit } = settings;
  const summed = (all: readonly number[]) => ({ n: all.length, sum: all.reduce((sum, amount) => sum + amount, 0) });
  const { n, sum } =
    perUnit === undefined
      ? events.tallied(rollout, mean, window, plan)[arm]
      : summed(events.amounts(rollout, followedIn(perUnit), window, plan, perUnit.by)[arm]);
  if (n === 0) return { kind: "noData", window, reason: `no ${perUnit?.of ?? mean} was reported of ${arm}` };
  return { kind: "value", window, value: sum / n };
}

const followedIn = ({ of, to, within: withinMs }: NonNullable<Settings["perUnit"]>) => ({ of, to, withinMs });

type MeanQuery = Query & { readonly ask: "mean" };
type MeanTick = (Measurement & { readonly kind: "mean" })["ticks"][number];

function amountsOf(asked: Asked, query: MeanQuery, window: Window): Measurement {
  const { interval, perUnit, mean } = asked.settings;
  const ticks: MeanTick[] = [];
  for (let at = window.from; at < window.to; at += interval) {
    const part = { from: at, to: Math.min(window.to, at + interval) };
    const spread = query.pairs ? pairsIn(asked, query, part) : spreadIn(asked, query, part);
    if (arms.some((arm) => spread[arm].spread.length > 0)) ticks.push({ at, plan: asked.plan, ...spread });
  }
  const { floor, cap } = query;
  const each = perUnit === undefined ? "value" : "unit";
  if (ticks.length > 0) return { kind: "mean", window, ticks, floor, cap, each };
  const what = query.pairs ? `no ${mean} was reported of both versions with the same pair` : "nothing was reported";
  return { kind: "noData", window, reason: what };
}

/** Both arms' amounts in one interval. */
function spreadIn(asked: Asked, query: MeanQuery, window: Window): Readonly<Record<Arm, Amounts>> {
  const { rollout, events, plan, settings } = asked;
  const { perUnit, mean = "" } = settings;
  if (perUnit !== undefined) {
    const amounts = events.amounts(rollout, followedIn(perUnit), window, plan, perUnit.by);
    const of = (arm: Arm) =>
      spreadOf(
        amounts[arm].map((amount) => [amount, 1] as const),
        query,
      );
    return { stable: of("stable"), canary: of("canary") };
  }
  const valued = events.valued(rollout, mean, window, plan);
  const of = (arm: Arm): Amounts => {
    const { values, rough } = valued[arm];
    requireWithin(rough, query, `${mean} was reported as a histogram, which`);
    return spreadOf(values, query);
  };
  return { stable: of("stable"), canary: of("canary") };
}

/** The pairs that became whole in one interval: their values by arm, and their differences. */
function pairsIn({ rollout, events, plan, settings }: Asked, query: MeanQuery, window: Window) {
  const pairs = events.paired(rollout, settings.mean ?? "", window, plan);
  const { floor, cap } = query;
  const within = (value: number) => Math.min(Math.max(value, floor), cap);
  const differences = pairs.map(({ stable, canary }) => within(canary) - within(stable));
  const of = (arm: Arm) =>
    spreadOf(
      pairs.map((pair) => [pair[arm], 1] as const),
      query,
    );
  return { stable: of("stable"), canary: of("canary"), pairs: differencesOf(differences, cap - floor) };
}

function countsOf(asked: Asked, window: Window): Measurement {
  const { interval } = asked.settings;
  const ticks: Tick<Counts>[] = [];
  for (let at = window.from; at < window.to; at += interval) {
    const counted = ofInterval(asked, { from: at, to: Math.min(window.to, at + interval) });
    if (arms.some((arm) => counted[arm].n > 0)) ticks.push({ at, plan: asked.plan, ...counted });
  }
  if (ticks.length > 0) return { kind: "counts", window, ticks };
  return { kind: "noData", window, reason: "nothing was reported" };
}

function ofInterval({ settings, rollout, events, plan }: Asked, window: Window): Readonly<Record<Arm, Counts>> {
  const { outcome, conversion } = settings;
  if (conversion !== undefined)
    return events.followed(rollout, { ...conversion, withinMs: conversion.within }, window, plan);
  const name = outcome?.name ?? "";
  const tallied = events.tallied(rollout, name, window, plan);
  const of = (arm: Arm): Counts => {
    const { n, zeros, ones } = tallied[arm];
    if (n !== zeros + ones)
      throw new SerinError("SOURCE_FAILED", `${name} was reported with values other than 0 and 1`);
    return { n, bad: outcome?.bad === 1 ? ones : zeros };
  };
  return { stable: of("stable"), canary: of("canary") };
}
