/**
 * What applications report to Serin's own API (`POST /v1/events`, OTLP): how often something went badly, who of those that
 * came did something, how much it was on average.
 *
 *     source:
 *       events:
 *         conversion: { of: visit, to: order, within: 10m }
 */
import { z } from "zod";
import { arms, type Arm, type Counts, type Measurement, type Tick, type Window } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { durationFrom } from "../rollout/amounts.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import type { EventBook } from "./events/book.ts";
import { paceShape, rateOf } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

export const eventNameSchema = z
  .string()
  .regex(/^[A-Za-z][\w.:/-]{0,99}$/, "expected a name of letters, digits and _.:/-, at most 100")
  .meta({ title: "event name", examples: ["order"] });

const kinds = ["outcome", "conversion", "mean"] as const;

const outcomeSchema = z.strictObject({
  name: eventNameSchema.describe("what is reported each time, with value 1 or 0"),
  bad: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("the value of those that went badly"),
});

const conversionSchema = z.strictObject({
  of: eventNameSchema.describe("what those have done who are counted, by unit: once in a stage"),
  to: eventNameSchema.describe("what they are to do"),
  within: durationFrom(1000)
    .refine((ms) => ms <= 3_600_000, "expected at most 1h")
    .prefault("10m")
    .describe("how long they have for it; gates wait as long"),
});

const config = z
  .strictObject({
    outcome: outcomeSchema
      .optional()
      .describe("events that went well or badly: payments, deliveries, calls, cache look-ups"),
    conversion: conversionSchema.optional().describe("people who did one thing, and whether they did another"),
    mean: eventNameSchema.optional().describe("the mean of what is reported: for a fixed limit"),
    ...paceShape("15s", "10s"),
  })
  .meta(exactlyOne(kinds))
  .transform((written, ctx) => {
    if (theOne(written, kinds, ctx) === null) return z.NEVER;
    // what somebody may still do is not known before
    return { ...written, delay: written.delay + (written.conversion?.within ?? 0) };
  })
  .describe("what applications report to Serin");

type Settings = z.output<typeof config>;

export const events = defineMetricSource({
  name: "events",
  config,
  offers: ({ mean }) => (mean === undefined ? ["counts", "value"] : ["value"]),
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
  const gap = events.gapIn(rollout, window);
  const measurement = answerOf(asked, query, window);
  const isKnown = measurement.kind === "counts" || measurement.kind === "value";
  return gap !== null && isKnown ? { ...measurement, gap } : measurement;
}

interface Asked {
  readonly settings: Settings;
  readonly rollout: string;
  readonly events: EventBook;
  readonly plan: number;
}

function answerOf(asked: Asked, query: Query, window: Window): Measurement {
  const { mean } = asked.settings;
  if (query.ask === "histogram") throw new SerinError("SOURCE_FAILED", "events have no histogram");
  if (mean === undefined) {
    const counts = countsOf(asked, window);
    return query.ask === "counts" ? counts : rateOf(counts, query.value, query.arm);
  }
  if (query.ask === "counts") throw new SerinError("SOURCE_FAILED", "a mean has no counts");
  const { n, sum } = asked.events.tallied(asked.rollout, mean, window, asked.plan)[query.arm];
  if (n === 0) return { kind: "noData", window, reason: `no ${mean} was reported of ${query.arm}` };
  return { kind: "value", window, value: sum / n };
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
