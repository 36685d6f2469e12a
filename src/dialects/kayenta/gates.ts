/** Metrics of a canary config as gates: how many times stable's value the canary's may be. */
import type { Part } from "../manifest.ts";
import { because, from, mapping, type Said } from "../said.ts";
import type { Notes } from "../translation.ts";
import { ratioOf, Unasked } from "./queries.ts";

/** What all metrics of a config share. */
export interface Asking {
  readonly templates: Part;
  readonly notes: Notes;
  readonly name: (text: string) => string;
  /** Stable's revision. */
  readonly control: string;
}

/** Null where it cannot be kept. */
export function gateOf(metric: Part, { templates, notes, name, control }: Asking): unknown {
  const canary = metric.get("analysisConfigurations", "canary");
  const called = metric.get("name").text() ?? "metric";
  try {
    const query = metric.get("query");
    const dryRun = reportsOnly(canary);
    const limits = limitsOf(canary);
    const value = from(query, ratioOf(query, templates));
    query.take();
    tell(metric, canary, notes);
    const source = {
      prometheus: {
        address: because("write where Prometheus is: no canary config says it", "http://127.0.0.1:9090"),
        value,
        stable: { control: because("stable's revision, to be changed with each release", control) },
        canary: { control: because("stable's revision, to be changed with each release", control) },
      },
    };
    return from(metric, mapping({ name: name(called), dryRun, source, threshold: limits }));
  } catch (thrown) {
    if (!(thrown instanceof Unasked)) throw thrown;
    notes.lose(metric, thrown.message, true);
    return null;
  }
}

/** Only what is critical fails a canary by itself there; the rest adds to a score. */
function reportsOnly(canary: Part): Said | undefined {
  const [critical, muted] = [canary.get("critical"), canary.get("muted")];
  if (muted.flag() === true) return from(muted, true, "muted, so it only reports");
  return critical.flag() === true
    ? undefined
    : because("not critical: it adds to a score there, and only reports here", true);
}

/** The mean ratio of 1 leaves the decision to Mann and Whitney alone, and no fixed limit stands for that. */
function limitsOf(canary: Part): Record<string, unknown> {
  const effect = canary.get("effectSize");
  if (effect.get("measure").text() === "cles")
    throw new Unasked("cles is a chance over many points, and a gate looks at one value");
  const direction = canary.get("direction").text() ?? "either";
  const kind = canary.get("critical").raw === true ? "critical" : "allowed";
  const max = direction === "decrease" ? undefined : bound(effect, [`${kind}Increase`, "allowedIncrease"]);
  const min = direction === "increase" ? undefined : bound(effect, [`${kind}Decrease`, "allowedDecrease"]);
  if (max === undefined && min === undefined)
    throw new Unasked("says no effect size: Mann-Whitney alone decides there, and `serin kayenta judge` does so");
  return mapping({ min, max });
}

function bound(effect: Part, keys: readonly string[]): Said | undefined {
  const part = keys.map((key) => effect.get(key)).find((one) => one.there);
  const ratio = part?.number();
  return part === undefined || ratio === undefined || ratio === 1 ? undefined : from(part, ratio);
}

const told: Readonly<Record<string, string>> = {
  nanStrategy: "no number is no data, which holds",
  outliers: "one value is looked at a time: there are no outliers among them",
  mustHaveData: "no data never passes here",
  direction: "which side is a limit",
  effectSize: "the ratio is of one moment, and not of the means of two series",
  critical: "a critical metric takes the release back",
};

function tell(metric: Part, canary: Part, notes: Notes): void {
  for (const [key, sentence] of Object.entries(told)) {
    const part = canary.get(key);
    if (!part.there) continue;
    part.take();
    notes.change(part, sentence);
  }
  notes.lose(metric.get("groups"), "there is no score to weigh groups for: each gate stands for itself");
  notes.lose(metric.get("scopeName"), "there is one stable and one canary");
}
