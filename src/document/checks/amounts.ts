/** Gates on amounts and on series: what their sources cannot give, and what they promise less than their authors may think. */
import { GRADE, gatewayValues, type MeanGate, type SeriesGate } from "../../analysis/metric.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import { nearest } from "../nearest.ts";
import type { Entry, Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";
import { listed, quoted } from "../words.ts";

const meansIn = ({ gates }: Parts): readonly Entry<MeanGate>[] =>
  gates.filter((gate): gate is Entry<MeanGate> => gate.value.kind === "mean");

const seriesIn = ({ gates }: Parts): readonly Entry<SeriesGate>[] =>
  gates.filter((gate): gate is Entry<SeriesGate> => gate.value.kind === "series");

/** Only applications can tell what belongs together. */
export function unpaired(parts: Parts): readonly Finding[] {
  return meansIn(parts).flatMap(({ index, value: { mean, source } }) => {
    const events = source["events"] as { readonly mean?: string } | undefined;
    if (!mean.pairs || events?.mean !== undefined) return [];
    const message = "pairs are told by events alone: expected the source events with mean, its reports with a pair";
    return [{ path: ["spec", "gates", index, "mean", "pairs"], message }];
  });
}

const known: readonly string[] = gatewayValues;

export function unknownSeries(parts: Parts): readonly Finding[] {
  return seriesIn(parts).flatMap(({ index, value: { series, source } }) => {
    if (!("gateway" in source) || known.includes(series.value)) return [];
    const word = nearest(series.value, known);
    const meant = word === undefined ? "" : `, did you mean "${word}"?`;
    const message = `expected a value of the gateway, ${listed(known)}, found ${quoted(series.value)}${meant}`;
    return [{ path: ["spec", "gates", index, "series", "value"], message, nearest: word }];
  });
}

/** It may be meant; it must be known. */
export function withoutHistory(parts: Parts): readonly Finding[] {
  return seriesIn(parts)
    .filter(({ value }) => value.series.history === null)
    .map(({ index }) => ({
      path: ["spec", "gates", index, "series"],
      message: `${GRADE} without an A/A history: it reports and never acts; say history, numbers of both while they ran the same version`,
    }));
}

/** So many blocks on one side are enough at the best. */
const LEAST_BLOCKS = 9;

export function seriesTooShort(parts: Parts): readonly Finding[] {
  if (parts.strategy === undefined) return [];
  const times = stepsOf(parts.strategy).flatMap((step) => ("analyze" in step ? [step.analyze.forMs] : []));
  const shortest = Math.min(...times);
  return seriesIn(parts).flatMap(({ index, value: { series, dryRun } }) => {
    const least = LEAST_BLOCKS * series.block * series.everyMs;
    if (dryRun || least <= shortest) return [];
    const message = `a stage of ${formatDuration(shortest)} is too short to show anything: ${LEAST_BLOCKS} blocks of ${series.block} intervals take ${formatDuration(least)}`;
    return [{ path: ["spec", "gates", index, "series", "every"], message }];
  });
}

/** Reports of one person hang together, and the promise is of what is independent. */
export function reportsOfPeople(parts: Parts): readonly Finding[] {
  if (parts.assignment === undefined || "request" in parts.assignment) return [];
  return meansIn(parts).flatMap(({ index, value: { source, mean } }) => {
    const events = source["events"] as { readonly mean?: string } | undefined;
    if (events?.mean === undefined || mean.pairs) return [];
    const message =
      "each report counts by itself, though people are assigned: where one person makes many, say perUnit and count people";
    return [{ path: ["spec", "gates", index, "source", "events", "mean"], message }];
  });
}
