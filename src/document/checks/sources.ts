/** Gates whose source cannot give what they need, or gives something else than they say. */
import { asks, type Ask, type Gate } from "../../analysis/metric.ts";
import { countValues } from "../../metrics/questions.ts";
import { offersOf } from "../../metrics/index.ts";
import { paceOf } from "../../rollout/gates.ts";
import { nearest } from "../nearest.ts";
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";
import { listed, quoted } from "../words.ts";

const wanted: Readonly<Record<Ask, string>> = {
  counts: "counts: say counts, how many there were and how many of them went badly",
  histogram: "a histogram: say histogram",
  mean: "amounts: events have them (mean, perUnit), and prometheus, http, influxdb and command where they are asked for amounts",
  value: "a value: say value",
};

/** A gate is only as strong as its source allows, and some sources allow too little for some gates. */
export function unfitSource({ gates }: Parts): readonly Finding[] {
  return gates.flatMap(({ index, value: gate }) => {
    // its metrics may have sources of their own: kayenta.ts
    if (gate.kind === "kayenta") return [];
    const { name, offers } = offersOf(gate.source);
    const needed = asks[gate.kind];
    if (offers.includes(needed)) return [];
    const message = `a ${gate.kind} gate needs ${wanted[needed]}`;
    return [{ path: ["spec", "gates", index, "source", name], message }];
  });
}

/** Only the gateway knows people. */
export function peopleElsewhere({ gates }: Parts): readonly Finding[] {
  return gates.flatMap(({ index, value: gate }) => {
    if (countingOf(gate) !== "units" || paceOf(gate) === null) return [];
    const message = "this source counts requests and knows nobody: expected requests or auto";
    return [{ path: ["spec", "gates", index, gate.kind, "count"], message }];
  });
}

function countingOf(gate: Gate): string | null {
  if (gate.kind === "failures") return gate.failures.count;
  return gate.kind === "latency" ? gate.latency.count : null;
}

/** A limit on counts is a limit on a rate of them. */
export function unknownRate({ gates }: Parts): readonly Finding[] {
  const known: readonly string[] = countValues;
  return gates.flatMap(({ index, value: gate }) => {
    if (gate.kind !== "threshold" || !isOfCounts(gate)) return [];
    const { value } = gate.threshold;
    if (known.includes(value)) return [];
    const word = nearest(value, known);
    const message = `expected a value of counts, ${listed(known)}, found ${quoted(value)}`;
    return [{ path: ["spec", "gates", index, "threshold", "value"], message, nearest: word }];
  });
}

const isOfCounts = ({ source }: Gate): boolean => {
  const { offers } = offersOf(source);
  const [settings] = Object.values(source) as readonly { readonly value?: unknown }[];
  return (
    offers.includes("counts") && offers.includes("value") && !("gateway" in source) && settings.value === undefined
  );
};
