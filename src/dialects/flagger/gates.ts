/** `analysis.metrics`: each is a fixed limit that every round asks. */
import { formatDuration } from "../../rollout/amounts.ts";
import { goDuration } from "../durations.ts";
import type { Manifest, Part } from "../manifest.ts";
import { namer } from "../names.ts";
import { because, from, mapping, type Said } from "../said.ts";
import { rendered, TemplateError, type Value } from "../template/run.ts";
import { nameOf } from "../translation.ts";
import { isFlagger, type Canary } from "./canary.ts";
import { sourceOf } from "./sources.ts";
import type { Pace } from "./steps.ts";

/** What Flagger knows by itself, as values of Serin's gateway. */
const builtin: Readonly<Record<string, { readonly value: string; readonly scale: (written: number) => number }>> = {
  // there percent, here a rate
  "request-success-rate": { value: "successRate", scale: (percent) => Number((percent / 100).toPrecision(12)) },
  // whole milliseconds in both
  "request-duration": { value: "p99", scale: Math.trunc },
};

export function gatesOf(canary: Canary, pace: Pace): readonly unknown[] {
  const name = namer();
  const gates = canary.analysis
    .get("metrics")
    .items()
    .flatMap((metric) => {
      const gate = gateOf(canary, metric, pace, name);
      return gate === null ? [] : [from(metric, gate)];
    });
  if (gates.length > 0) return gates;
  return [because("nothing is measured: this one only reports", { name: "failures", dryRun: true, failures: {} })];
}

function gateOf(
  canary: Canary,
  metric: Part,
  pace: Pace,
  name: (text: string) => string,
): Record<string, unknown> | null {
  const called = metric.get("name").text() ?? "metric";
  const known = Object.hasOwn(builtin, called) ? builtin[called] : undefined;
  const template = metric.get("templateRef");
  if (known !== undefined && !template.there && !metric.get("query").there) {
    const limits = limitsOf(canary, metric, called, { scale: known.scale, least: 0 });
    const value = from(metric.get("name"), known.value, "counted by Serin's gateway");
    return { name: name(called), threshold: { value, all: true, ...limits, ...paced(canary, metric, pace) } };
  }
  const source = template.there ? templated(canary, metric, template) : inline(canary, metric);
  if (source === null) return null;
  return {
    name: name(called),
    source,
    threshold: { ...limitsOf(canary, metric, called), ...paced(canary, metric, pace) },
  };
}

const paced = (canary: Canary, metric: Part, { threshold }: Pace) => ({
  every: windowOf(canary, metric),
  failures: threshold,
});

/** How far a query looks back: a minute, unless said. */
function windowOf({ notes }: Canary, metric: Part): Said {
  const part = metric.get("interval");
  const text = part.text();
  const ms = text === undefined ? null : goDuration(text);
  if (text === undefined) {
    const own = metric.get("templateRef").there || metric.get("query").there;
    if (own)
      notes.change(
        metric,
        "without an interval Flagger asks a query of its own with none, and some fail by that: a minute here",
      );
    return because("a minute, unless said", "1m");
  }
  if (ms !== null && ms >= 1000) return from(part, formatDuration(Math.round(ms / 1000) * 1000));
  notes.change(part, `${JSON.stringify(text)} is no span of at least a second: a minute here`);
  return from(part, "1m", "no span of at least a second");
}

/** How numbers are written, and the least that a value can be. */
const asWritten = { scale: (written: number) => written, least: Number.MIN_SAFE_INTEGER };

/** `thresholdRange`, or the deprecated `threshold`: the least for the success rate, the most for everything else. */
function limitsOf({ notes }: Canary, metric: Part, called: string, { scale, least } = asWritten) {
  const range = metric.get("thresholdRange");
  const old = metric.get("threshold");
  if (range.there) {
    notes.lose(old, "thresholdRange stands beside it and wins, in Flagger too");
    const [min, max] = [range.get("min"), range.get("max")].map((part) => scaled(part, scale));
    if (min !== undefined || max !== undefined) return mapping({ min, max });
    notes.change(range, "says neither min nor max: any value passes, and none at all fails, as in Flagger");
    range.take();
    return { min: from(range, least, "any value passes") };
  }
  const side = called === "request-success-rate" ? "min" : "max";
  if (old.there) return { [side]: scaled(old, scale) };
  notes.change(
    metric,
    `says no range, which is a ${side} of 0 there: ${side === "min" ? "any value passes" : "any value above 0 fails"}`,
  );
  return { [side]: because("no range is said, which is 0 there", 0) };
}

function scaled(part: Part, scale: (written: number) => number): Said | undefined {
  const written = part.number();
  return written === undefined ? undefined : from(part, scale(written));
}

function inline(canary: Canary, metric: Part): unknown {
  const { notes, spec } = canary;
  const query = metric.get("query");
  const called = metric.get("name").text() ?? "";
  if (!query.there) {
    notes.lose(
      metric,
      `${JSON.stringify(called)} is not built in and has neither templateRef nor query: Flagger fails every check of it`,
      true,
    );
    return null;
  }
  const text = filled(canary, metric, query);
  if (text === null) return null;
  const server = spec.get("metricsServer");
  const address = server.text();
  if (address === undefined)
    notes.change(query, "is asked of http://prometheus:9090, where Flagger's controller asks unless told otherwise");
  const at =
    address === undefined
      ? because("where Flagger's controller asks", "http://prometheus:9090")
      : from(server, address);
  return {
    prometheus: { address: at, value: from(query, text), delay: because("asked about the moment itself", "0s") },
  };
}

function templated(canary: Canary, metric: Part, ref: Part): unknown {
  const { notes } = canary;
  const name = ref.get("name").text() ?? "";
  const namespace = ref.get("namespace").text() ?? canary.namespace;
  const template = canary.others.find(
    (manifest) => isTemplate(manifest) && nameOf(manifest) === name && namespaceOf(manifest, canary) === namespace,
  );
  if (template === undefined) {
    notes.lose(metric, `the MetricTemplate ${name}.${namespace} is not among the files`, true);
    return null;
  }
  const query = template.root.get("spec", "query");
  const text = filled(canary, metric, query);
  if (text !== null) return sourceOf(canary, template, from(query, text), metric);
  notes.lose(metric, `the query of ${name} is not read`, true);
  return null;
}

const isTemplate = (manifest: Manifest) => isFlagger(manifest) && manifest.kind === "MetricTemplate";

function namespaceOf(manifest: Manifest, canary: Canary): string {
  const said = manifest.root.get("metadata", "namespace").raw;
  return typeof said === "string" ? said : canary.namespace;
}

/** A query with its template filled in; null, and the loss is told, where it is not read. */
function filled(canary: Canary, metric: Part, query: Part): string | null {
  const text = query.text() ?? "";
  const variables = metric.get("templateVariables").words();
  const words: Record<string, Value> = { ...canary.words, name: canary.name, namespace: canary.namespace };
  const interval = metric.get("interval").text() ?? "1m";
  const functions = Object.fromEntries(
    Object.entries({ ...words, interval, variables }).map(([name, value]) => [name, () => value]),
  );
  try {
    const asked = rendered(text, functions).trim();
    if (asked !== "" && !asked.includes("{{")) {
      canary.notes.keep(metric.get("templateVariables"), "are filled into the query");
      return asked;
    }
    canary.notes.lose(
      query,
      asked === "" ? "comes to nothing" : "comes to text with {{ in it, which Serin would fill in again",
      true,
    );
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    canary.notes.lose(query, `the template is not read: ${thrown.message}`, true);
  }
  return null;
}
