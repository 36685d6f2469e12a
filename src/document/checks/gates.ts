/** Gates that cannot mean what they say, and gates that say less than their author may think. */
import type { Gate } from "../../analysis/metric.ts";
import type { Entry, Parts } from "../parts.ts";
import type { Finding, Path } from "../problem.ts";

const pathOf = ({ index, value }: Entry<Gate>, ...more: Path): Path => ["spec", "gates", index, value.kind, ...more];

/** Where each request is assigned alone, nobody is counted twice and nobody is known. */
export function unitsOfRequests({ assignment, gates }: Parts): readonly Finding[] {
  if (assignment === undefined || !("request" in assignment)) return [];
  return gates
    .filter(({ value }) => countOf(value) === "units")
    .map((gate) => ({
      path: pathOf(gate, "count"),
      message:
        "there are no units where each request is assigned alone (assignment.by: request): expected requests or auto",
    }));
}

function countOf(gate: Gate): string | null {
  if (gate.kind === "failures") return gate.failures.count;
  return gate.kind === "latency" ? gate.latency.count : null;
}

/** At a ratio of 1 the first cold cache is a reason to roll back. */
export function noMargin({ gates }: Parts): readonly Finding[] {
  return gates.flatMap((gate) => {
    const { value } = gate;
    const message = "a ratio of 1 tolerates nothing: a canary whose caches are still cold is worse than stable";
    if (value.kind === "latency" && value.latency.ratio === 1) return [{ path: pathOf(gate, "ratio"), message }];
    if (value.kind !== "failures" || !("ratio" in value.failures.margin)) return [];
    return value.failures.margin.ratio === 1 ? [{ path: pathOf(gate, "margin", "ratio"), message }] : [];
  });
}

/** Close together, or crossed, they leave a span in which nothing is proven either way. */
export function narrowMargin({ gates }: Parts): readonly Finding[] {
  return gates.flatMap((gate) => {
    if (gate.value.kind !== "failures") return [];
    const { margin, limit } = gate.value.failures;
    if (!("ratio" in margin) || limit.ratio === undefined || margin.ratio - 1 <= (limit.ratio - 1) / 2) return [];
    const message = `margin ${margin.ratio} and limit ${limit.ratio}: a canary near them is for long shown neither harmful nor safe, and waits for its deadline`;
    return [{ path: pathOf(gate, "margin", "ratio"), message }];
  });
}

export function everyGateIsDry({ gates }: Parts): readonly Finding[] {
  if (gates.length === 0 || !gates.every(({ value }) => value.dryRun)) return [];
  return [
    { path: ["spec", "gates"], message: "every gate is a dry run: nothing but a person can roll a release back" },
  ];
}
