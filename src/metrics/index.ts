/** The metric sources, by name. A new one is a file with its test and one line here. */
import { z } from "zod";
import type { MetricSource } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { gateway } from "./gateway.ts";
import type { MetricSourceDeps } from "./source.ts";

export type { MetricSourceDeps } from "./source.ts";
export { defineMetricSource } from "./source.ts";

const sources = { gateway } as const;

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

/** Makes the source that a gate names. Throws INTERNAL for one that is not registered: the document was not parsed. */
export function createSource(source: Readonly<Record<string, unknown>>, deps: MetricSourceDeps): MetricSource {
  const name = names.find((each) => source[each] !== undefined);
  if (name === undefined) {
    throw new SerinError("INTERNAL", `there is no metric source among ${Object.keys(source).join(", ") || "nothing"}`);
  }
  const kind = sources[name] as { create(config: unknown, deps: MetricSourceDeps): MetricSource };
  return kind.create(source[name], deps);
}
