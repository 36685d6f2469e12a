/** History that is not in files: a range of a Prometheus, asked the questions of the document's own gates. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Window } from "../analysis/measurement.ts";
import { secretsFrom } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import type { Gate } from "../analysis/metric.ts";
import type { MetricSourceDeps } from "../metrics/index.ts";
import { gatesOf, paceOf } from "../rollout/gates.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Asked } from "../sim/history/asked.ts";
import { rangeIn, releaseIn } from "../sim/history/time.ts";
import type { Stretch, Told } from "../sim/history/stretches.ts";
import type { Call } from "./commands/verb.ts";
import { endsOf } from "./ends.ts";
import { progressOf } from "./progress.ts";

export interface RangeFlags {
  readonly during?: string;
  readonly release?: readonly string[];
  readonly marker?: string;
}

/** Everything that the gates can learn of the range, stretch by stretch. Null when it was interrupted. Throws USAGE, SOURCE_FAILED. */
export async function askedHistory(
  { shell, out }: Call,
  address: string,
  rollout: Spec,
  flags: RangeFlags,
): Promise<readonly Asked[] | null> {
  const [{ answersFor, seriesAsked }, { createSource }] = await Promise.all([
    import("../sim/history/asked.ts"),
    import("../metrics/index.ts"),
  ]);
  const gates = gatesOf(rollout).map((gate) => askedAt(gate, address));
  requireAsked(gates, address);
  const deps = depsOf(shell, rollout.name);
  const ends = endsOf(shell, {});
  try {
    const stretches = await stretchesIn(rollout, gates, flags, deps, ends.signal);
    const all = stretches.reduce((sum, stretch) => sum + answersFor(gates, stretch), 0);
    const work = progressOf(shell, out, all, "answers");
    const found: Asked[] = [];
    let done = 0;
    const asking = {
      open: (source: Gate["source"]) => createSource(source, deps),
      signal: ends.signal,
      progress: () => work.done(++done),
    };
    try {
      for (const stretch of stretches) found.push(await seriesAsked(gates, stretch, asking));
    } finally {
      work.close();
    }
    return found;
  } catch (thrown) {
    if (ends.why === "interrupted") return null;
    throw thrown;
  } finally {
    ends.close();
  }
}

/** Whatever asks a Prometheus asks this one. */
function askedAt(gate: Gate, address: string): Gate {
  const { prometheus } = gate.source;
  return prometheus === undefined
    ? gate
    : { ...gate, source: { prometheus: { ...(prometheus as object), address: address.replace(/\/+$/, "") } } };
}

function requireAsked(gates: readonly Gate[], address: string): void {
  if (gates.some(({ source }) => source["prometheus"] !== undefined)) return;
  throw new SerinError(
    "USAGE",
    `no gate of the document asks a Prometheus, so there is nothing to ask ${address}: give one a source such as prometheus: { counts: { total, bad } }`,
  );
}

function depsOf(shell: Call["shell"], rollout: string): MetricSourceDeps {
  const textOf = (path: string) => readFile(resolve(shell.cwd, path), "utf8");
  return {
    rollout,
    gateway: null,
    fetch: shell.fetch,
    secrets: secretsFrom({ env: shell.env, readFile: textOf }),
    readFile: textOf,
    events: null,
    run: null,
    now: () => shell.now(),
  };
}

async function stretchesIn(
  rollout: Spec,
  gates: readonly Gate[],
  { during, release = [], marker }: RangeFlags,
  deps: MetricSourceDeps,
  signal: AbortSignal,
): Promise<readonly Stretch[]> {
  if (during === undefined)
    throw new SerinError("USAGE", "of a Prometheus --during says which time is meant: 7d, or FROM/TO");
  const range = rangeIn(during, deps.now());
  const given = release.map(releaseIn);
  const marked = marker === undefined ? [] : await releasesMarked(gates, marker, range, deps, signal);
  const { stretchesOf } = await import("../sim/history/stretches.ts");
  return stretchesOf(range, [...given, ...marked], { stable: rollout.stable, canary: rollout.canary ?? null });
}

/** So many steps of a marker at most: a subquery of more is refused by some. */
const MOST_STEPS = 10_000;

async function releasesMarked(
  gates: readonly Gate[],
  marker: string,
  range: Window,
  deps: MetricSourceDeps,
  signal: AbortSignal,
): Promise<readonly Told[]> {
  const [{ apiOf }, { markedBy }] = await Promise.all([
    import("../metrics/prometheus.ts"),
    import("../metrics/prometheus/marker.ts"),
  ]);
  const gate = gates.find(({ source }) => source["prometheus"] !== undefined) as Gate;
  const api = apiOf(gate.source["prometheus"] as Parameters<typeof apiOf>[0], deps);
  const intervalMs = paceOf(gate)?.intervalMs ?? 15_000;
  const step = Math.max(intervalMs, Math.ceil((range.to - range.from) / MOST_STEPS / 1000) * 1000);
  const marked = await markedBy(api, marker, range, step, signal);
  return marked.map(({ labels, from, to }) => ({
    from,
    to,
    stable: labels["stable"],
    canary: labels["canary"] ?? labels["revision"],
  }));
}
