/** Metrics of `kayenta` gates that their sources do not have, and judgements that come too late. */
import { asks, gatewayValues, type Gate, type KayentaGate } from "../../analysis/metric.ts";
import { offersOf } from "../../metrics/index.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import { nearest } from "../nearest.ts";
import type { Entry, Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";
import { listed, quoted } from "../words.ts";

type Judged = Entry<KayentaGate>;

const judgedIn = ({ gates }: Parts): readonly Judged[] =>
  gates.filter((gate: Entry<Gate>): gate is Judged => gate.value.kind === "kayenta");

const known: readonly string[] = gatewayValues;

export function unknownMetric(parts: Parts): readonly Finding[] {
  return judgedIn(parts).flatMap(({ index, value: { kayenta } }) =>
    kayenta.metrics.flatMap(({ value, source }, i): Finding[] => {
      const path = ["spec", "gates", index, "kayenta", "metrics", i];
      if ("gateway" in source && !known.includes(value)) {
        const word = nearest(value, known);
        const meant = word === undefined ? "" : `, did you mean "${word}"?`;
        const message = `expected a value of the gateway, ${listed(known)}, found ${quoted(value)}${meant}`;
        return [{ path: [...path, "value"], message, nearest: word }];
      }
      const { name, offers } = offersOf(source);
      if (offers.includes(asks.kayenta)) return [];
      return [{ path: [...path, "source", name], message: "a kayenta gate needs a value: say value" }];
    }),
  );
}

export function judgedTooLate(parts: Parts): readonly Finding[] {
  if (parts.strategy === undefined) return [];
  const times = stepsOf(parts.strategy).flatMap((step) => ("analyze" in step ? [step.analyze.forMs] : []));
  const shortest = Math.min(...times);
  return judgedIn(parts)
    .filter(({ value }) => value.kayenta.intervalMs > shortest)
    .map(({ index }) => ({
      path: ["spec", "gates", index, "kayenta", "interval"],
      message: `a stage of ${formatDuration(shortest)} ends before the first judgement`,
    }));
}
