/** What `plan` and `simulate` take for true: flags, what a running server has measured, defaults. */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { Assumption, Observed } from "../../sim/assume.ts";
import { dataDir, namedServer } from "../endpoint.ts";
import { present } from "../serving.ts";
import type { Call } from "./verb.ts";

export interface AssumeFlags {
  readonly assume?: readonly string[];
  readonly traffic?: string;
  readonly baseline?: string;
}

const again = (text: string, before: readonly string[] = []) => [...before, text];

export const assumeFlags: readonly Option[] = [
  new Option("--traffic <rate>", "units a second that are compared, both versions together, e.g. 200/s"),
  new Option("--baseline <share>", "how often the stable version fails, e.g. 0.2%"),
  new Option(
    "--assume <key=value>",
    "canary.failures=1% (or x3), canary.latency=x1.2, canary.p99=x2, canary.from=10m, canary.mean=x1.4, stable.mean=400, stable.spread=0.8, stable.latency=20ms, stable.p99=100ms, traffic, stable.failures; said again for each",
  ).argParser(again),
];

/** For the document of that name. Throws USAGE. */
export async function assumptionFor(call: Call, name: string, flags: AssumeFlags): Promise<Assumption> {
  const { assumptionOf, readAssumptions } = await import("../../sim/assume.ts");
  const said = readAssumptions([
    ...(flags.traffic === undefined ? [] : [`traffic=${flags.traffic}`]),
    ...(flags.baseline === undefined ? [] : [`stable.failures=${flags.baseline}`]),
    ...(flags.assume ?? []),
  ]);
  return assumptionOf(said, await measuredBy(call, name));
}

/** What the server knows of that rollout, where one runs; nobody need run one to plan. */
async function measuredBy(call: Call, name: string): Promise<Observed> {
  const asked = namedServer(call.where, call.shell) !== null;
  if (!asked && (await present(call, dataDir(call.where, call.shell))) === null) return {};
  try {
    return (await (await call.client()).read(`/v1/rollouts/${encodeURIComponent(name)}/measured`)) as Observed;
  } catch (thrown) {
    const unknown = thrown instanceof SerinError && (thrown.code === "NOT_FOUND" || (!asked && thrown.kind.retry));
    if (unknown) return {};
    throw thrown;
  }
}
