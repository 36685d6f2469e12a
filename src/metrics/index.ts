/** The metric sources, by name. A new one is a file with its test and one line here. */
import { z } from "zod";
import type { Ask } from "../analysis/metric.ts";
import type { MetricSource } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { cloudwatch } from "./cloudwatch.ts";
import { command } from "./command.ts";
import { datadog } from "./datadog.ts";
import { dynatrace } from "./dynatrace.ts";
import { events } from "./events.ts";
import { gateway } from "./gateway.ts";
import { google } from "./google.ts";
import { graphite } from "./graphite.ts";
import { http } from "./http.ts";
import { influxdb } from "./influxdb.ts";
import { newrelic } from "./newrelic.ts";
import { prometheus } from "./prometheus.ts";
import { splunk } from "./splunk.ts";
import type { MetricSourceDeps, MetricSourceKind } from "./source.ts";

export type { MetricSourceDeps } from "./source.ts";
export { defineMetricSource } from "./source.ts";

const sources = {
  gateway,
  prometheus,
  cloudwatch,
  command,
  datadog,
  dynatrace,
  events,
  google,
  graphite,
  http,
  influxdb,
  newrelic,
  splunk,
} as const;

type Sources = typeof sources;
export type MetricSourceName = keyof Sources;
const names = Object.keys(sources) as readonly MetricSourceName[];

type Configs = { [Name in MetricSourceName]: z.ZodOptional<Sources[Name]["config"]> };
const configs = Object.fromEntries(names.map((name) => [name, sources[name].config.optional()])) as Configs;

/** As people write it in a gate: `source: { gateway: {} }`. Exactly one; its settings typed and complete. */
export const sourceSchema = z
  .strictObject(configs)
  .meta(exactlyOne(names))
  .transform((written, ctx): Readonly<Record<string, unknown>> => {
    const said = theOne(written, names, ctx);
    return said === null ? z.NEVER : { [said]: written[said] };
  });

type Source = Readonly<Record<string, unknown>>;
type AnyKind = Pick<MetricSourceKind<string, z.ZodType>, "create" | "offers">;

/** Throws INTERNAL for one that is not registered: the document was not parsed. */
function registered(source: Source): { readonly name: MetricSourceName; readonly kind: AnyKind } {
  const name = names.find((each) => source[each] !== undefined);
  if (name !== undefined) return { name, kind: sources[name] };
  throw new SerinError("INTERNAL", `there is no metric source among ${Object.keys(source).join(", ") || "nothing"}`);
}

/** Makes the source that a gate names. */
export function createSource(source: Source, deps: MetricSourceDeps): MetricSource {
  const { name, kind } = registered(source);
  return kind.create(source[name], deps);
}

/** What a gate's source can be asked as it is set. */
export function offersOf(source: Source): { readonly name: MetricSourceName; readonly offers: readonly Ask[] } {
  const { name, kind } = registered(source);
  return { name, offers: kind.offers(source[name]) };
}
