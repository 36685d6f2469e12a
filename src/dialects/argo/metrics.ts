/** Metrics of AnalysisTemplates as gates with a fixed limit. */
import type { Manifest, Part } from "../manifest.ts";
import { because, from, mapping, plainOf } from "../said.ts";
import { nameOf } from "../translation.ts";
import { argumentsOf, type Arguments } from "./arguments.ts";
import { Unasked } from "./asked.ts";
import { ConditionError, rangeWithout, successRange, type Range } from "./conditions.ts";
import { secondsOf, spanOf } from "./durations.ts";
import { isArgo, type Release } from "./release.ts";
import { shapeOf, sourceOf } from "./sources.ts";

/** Once an analysis with no interval has measured, it is done; a gate looks again. */
const USUAL_MS = 60_000;
/** A template of templates of templates is nobody's. */
const DEEPEST = 5;

/** The steps while an analysis runs, from 1; null: the whole release. */
export type During = { readonly from: number; readonly to?: number } | null;

interface Made {
  /** How long it takes as written, milliseconds. */
  readonly takes: number;
  /** The longest time from one look to the next, milliseconds. */
  readonly every: number;
  /** Whether any of its gates does more than report. */
  readonly acts: boolean;
}

/** Makes the gates of an analysis. */
export function gatesFor(release: Release, analysis: Part, during: During): Made {
  let [takes, every, acts] = [0, 0, false];
  for (const template of templatesOf(release, analysis, during, DEEPEST)) {
    const spec = template.root.get("spec");
    const given = argumentsOf(release, spec, analysis);
    const dry = dryOf(analysis, spec);
    for (const metric of spec.get("metrics").items()) {
      const made = gateFor(release, metric, { given, dry, during });
      takes = Math.max(takes, made.takes);
      every = Math.max(every, made.every);
      acts ||= made.acts;
    }
  }
  return { takes, every, acts };
}

function whenInWords(during: During): string {
  if (during === null) return "for the whole release";
  return during.to === undefined ? `from step ${during.from} on` : `while step ${during.from} runs`;
}

function templatesOf(release: Release, holder: Part, during: During, depth: number): readonly Manifest[] {
  return holder
    .get("templates")
    .items()
    .flatMap((ref) => {
      const name = ref.get("templateName").text() ?? "";
      const kind = ref.get("clusterScope").flag() === true ? "ClusterAnalysisTemplate" : "AnalysisTemplate";
      const found = release.others.find(
        (manifest) => isArgo(manifest) && manifest.kind === kind && nameOf(manifest) === name,
      );
      if (found === undefined || depth === 0) {
        release.notes.lose(ref, `the ${kind} ${name} is not among the files`, true);
        return [];
      }
      release.notes.keep(ref, `is spec.gates, ${whenInWords(during)}`);
      return [found, ...templatesOf(release, found.root.get("spec"), during, depth - 1)];
    });
}

/** Which metrics only report: names, or regular expressions. */
function dryOf(analysis: Part, spec: Part): (name: string) => boolean {
  const patterns = [...analysis.get("dryRun").items(), ...spec.get("dryRun").items()].map(
    (part) => part.get("metricName").text() ?? "",
  );
  return (name) => patterns.some((pattern) => pattern === name || matchesWhole(pattern, name));
}

function matchesWhole(pattern: string, name: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(name);
  } catch {
    return false;
  }
}

interface With {
  readonly given: Arguments;
  readonly dry: (name: string) => boolean;
  readonly during: During;
}

function gateFor(release: Release, metric: Part, { given, dry, during }: With): Made {
  const { notes, gates, names } = release;
  const name = metric.get("name").text() ?? "metric";
  const interval = spanOf(metric.get("interval"));
  const count = metric.get("count").amount();
  const delay = spanOf(metric.get("initialDelay"));
  const gate = made(release, metric, { given, dry, during }, interval);
  const key = JSON.stringify([name, plainOf(gate)]);
  if (gate !== null && !gates.has(key)) gates.set(key, from(metric, { name: names(name), ...gate }));
  const times = count === undefined ? 1 : Number(filledCount(count, given));
  if (Number.isNaN(times)) notes.change(metric.get("count"), "is not said among the files: one measurement");
  const takes = (delay ?? 0) + (interval ?? USUAL_MS) * (Number.isNaN(times) || times < 1 ? 1 : times);
  return { takes, every: interval ?? USUAL_MS, acts: gate !== null && gate["dryRun"] === undefined };
}

function filledCount(count: number | string, given: Arguments): number | string {
  const [, name] = /^\{\{\s*args\.([\w-]+)\s*\}\}$/.exec(String(count)) ?? [];
  const argument = name === undefined ? undefined : given.get(name);
  return argument !== undefined && "text" in argument ? argument.text : count;
}

function made(
  release: Release,
  metric: Part,
  { given, dry, during }: With,
  interval: number | null,
): Record<string, unknown> | null {
  const { notes } = release;
  try {
    const source = sourceOf(release, metric.get("provider"), given);
    const limits = limitsOf(release, metric);
    const part = metric.get("interval");
    const every =
      interval === null ? because("measured once there; a gate looks again", "1m") : from(part, secondsOf(interval));
    const { failures, off } = failuresOf(metric);
    tellLimits(metric, notes, during);
    const name = metric.get("name").text() ?? "";
    const dryRun = off || dry(name) ? true : undefined;
    return mapping({ dryRun, source, threshold: mapping({ ...limits, every, failures, during: during ?? undefined }) });
  } catch (thrown) {
    if (!(thrown instanceof Unasked) && !(thrown instanceof ConditionError)) throw thrown;
    notes.lose(metric, thrown.message, true);
    return null;
  }
}

/** `failureLimit: 0` tolerates none; -1 any number. */
function failuresOf(metric: Part): { readonly failures: unknown; readonly off: boolean } {
  const part = metric.get("failureLimit");
  const said = Number(part.amount() ?? 0);
  if (said < 0) return { failures: from(part, 1, "any number is tolerated, so it only reports"), off: true };
  const failures = part.there
    ? from(part, said + 1, "one more than is tolerated")
    : because("none is tolerated, unless said", 1);
  return { failures, off: false };
}

const told: Readonly<Record<string, string>> = {
  inconclusiveLimit: "a value that cannot be had holds a release, and a person decides",
  consecutiveErrorLimit: "a source that cannot be asked is no evidence: it holds a release and never takes it back",
  consecutiveSuccessLimit: "a gate passes by its last value",
};

function tellLimits(metric: Part, notes: Release["notes"], during: During): void {
  const ofStep = during?.to !== undefined;
  const times = {
    initialDelay: ofStep
      ? "the step takes so much longer; a gate looks from its beginning"
      : "a gate looks from its first step on",
    count: ofStep ? "says how long the step takes" : "a gate looks to the end of the release",
  };
  for (const [key, sentence] of Object.entries({ ...told, ...times })) {
    const part = metric.get(key);
    if (!part.there) continue;
    part.take();
    notes.change(part, sentence);
  }
}

function limitsOf({ notes }: Release, metric: Part): Record<string, unknown> {
  const [success, failure] = [metric.get("successCondition"), metric.get("failureCondition")];
  const [good, bad] = [success.text(), failure.text()];
  if (good === undefined && bad === undefined)
    throw new ConditionError("says neither successCondition nor failureCondition: Argo can never tell, and pauses");
  const part = good === undefined ? failure : success;
  const shape = shapeOf(metric.get("provider"));
  const range = good === undefined ? rangeWithout(bad ?? "", shape) : successRange(good, shape);
  if (good !== undefined && bad !== undefined)
    notes.lose(failure, "what does not succeed is out of range: there is nothing between");
  if (range.silenceIsGood && good !== undefined)
    notes.change(part, "no data is neither good nor bad: it holds, and does not pass");
  return bounds(part, range);
}

const bounds = (part: Part, { min, max }: Range) =>
  mapping({
    min: min === undefined ? undefined : from(part, min, part.raw as string),
    max: max === undefined ? undefined : from(part, max, part.raw as string),
  });
