/** `serin list` */
import { asSerinError } from "../../errors.ts";
import type { RolloutSummary } from "../../http/wire.ts";
import { clean } from "../clean.ts";
import { endsOf, type Limits } from "../ends.ts";
import { exits } from "../exit.ts";
import type { Client } from "../client.ts";
import { output, watch } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

export const list = verb<{ readonly watch?: true }>({
  name: "list",
  aliases: ["ls"],
  group: "Look",
  summary: "all rollouts, one line each",
  about: "With -w a rollout's line is printed again whenever it has changed, as kubectl does.",
  examples: ["serin list", "serin list -o wide", "serin list -o name | xargs -n1 serin explain"],
  flags: [watch(), output("json", "yaml", "wide", "name")],
  run: (call, _args, flags) => listed(call, flags.watch === true, { forReaders: true }),
});

export async function listed(call: Call, watching: boolean, limits: Limits): Promise<number> {
  const client = await call.client();
  if (watching) return changes(call, client, limits);
  const found = await client.list();
  if (found.rollouts.length === 0 && call.out.format !== "json" && call.out.format !== "yaml") {
    call.out.note("There are no rollouts yet. `serin apply rollout.yaml` adds one.");
    return exits.ok;
  }
  await print(call, found.rollouts, found.rollouts, true);
  return exits.ok;
}

/**
 * Those of all rollouts that are new to whoever looks, aligned as all of them would be. JSON has them as the API gives
 * them, in `rollouts`.
 */
async function print(
  { out, shell }: Call,
  all: readonly RolloutSummary[],
  news: readonly RolloutSummary[],
  head: boolean,
): Promise<void> {
  const { fleetLines } = await import("../picture/fleet.ts");
  const lines = (wide: boolean) => {
    const [first, ...rest] = fleetLines(all, { now: shell.now(), wide, paint: out.paint });
    return [...(head ? [first] : []), ...rest.filter((_line, i) => news.includes(all[i]))].join("\n");
  };
  const faces = {
    text: () => lines(false),
    wide: () => lines(true),
    name: () => news.map(({ name }) => name).join("\n"),
  };
  await out.value({ rollouts: news }, faces, !head);
}

const EVERY_MS = 2000;

async function changes(call: Call, client: Client, limits: Limits): Promise<number> {
  const ends = endsOf(call.shell, limits);
  let known: readonly RolloutSummary[] | null = null;
  try {
    while (!ends.signal.aborted) {
      const all: readonly RolloutSummary[] = await again(call, client, known);
      const before = new Set(known?.map((one) => JSON.stringify(one)));
      const news = all.filter((one) => !before.has(JSON.stringify(one)));
      if (news.length > 0) await print(call, all, news, known === null);
      known = all;
      await call.shell.sleep(EVERY_MS, ends.signal);
    }
    return ends.why === "interrupted" ? exits.interrupted : exits.ok;
  } finally {
    ends.close();
  }
}

/** Where nobody answers any more, nothing has changed that anybody knows of. Throws what trying again does not help. */
async function again(
  { shell }: Call,
  client: Client,
  known: readonly RolloutSummary[] | null,
): Promise<readonly RolloutSummary[]> {
  try {
    return (await client.list()).rollouts;
  } catch (thrown) {
    const error = asSerinError(thrown);
    if (known === null || !error.kind.retry) throw error;
    shell.stderr.write(`serin: ${clean(error.message)}; trying again\n`);
    return known;
  }
}
