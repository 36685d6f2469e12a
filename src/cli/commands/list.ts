/** `serin list` */
import type { RolloutSummary } from "../../http/wire.ts";
import { endsOf, type Limits } from "../ends.ts";
import { exits } from "../exit.ts";
import type { Client } from "../client.ts";
import { age, table } from "../output.ts";
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
  await print(call, found.rollouts);
  return exits.ok;
}

/** JSON has the answer as the API gives it, in `rollouts`; everything else has a line for each. */
async function print({ out, shell }: Call, rollouts: readonly RolloutSummary[], head = true): Promise<void> {
  const { stateMark } = await import("../picture/marks.ts");
  const { percent } = await import("../picture/numbers.ts");
  const row = (one: RolloutSummary, wide: boolean) => [
    one.name,
    stateMark(one).word,
    one.release === 0 ? null : String(one.release),
    one.stable,
    one.release === 0 ? null : one.canary,
    one.steps === 0 ? null : `${Math.min(one.step, one.steps)}/${one.steps}`,
    `${one.weight / 100} %`,
    ...(wide ? [one.liveWeight === null ? null : percent(one.liveWeight)] : []),
    one.startedAt === null ? null : age(shell.now() - one.startedAt),
    ...(wide ? [one.sentence] : []),
  ];
  const columns = (wide: boolean) => {
    const live = wide ? ["MEASURED"] : [];
    return [
      "NAME",
      "STATE",
      "RELEASE",
      "STABLE",
      "CANARY",
      "STEP",
      "SHARE",
      ...live,
      "AGE",
      ...(wide ? ["SENTENCE"] : []),
    ];
  };
  const text = (wide: boolean) => (all: { readonly rollouts: readonly RolloutSummary[] }) => {
    const lines = table(
      columns(wide),
      all.rollouts.map((one) => row(one, wide)),
      out.paint,
    ).split("\n");
    return lines.slice(head ? 0 : 1).join("\n");
  };
  const names = (all: { readonly rollouts: readonly RolloutSummary[] }) =>
    all.rollouts.map(({ name }) => name).join("\n");
  await out.value({ rollouts }, { text: text(false), wide: text(true), name: names }, !head);
}

const EVERY_MS = 2000;

async function changes(call: Call, client: Client, limits: Limits): Promise<number> {
  const ends = endsOf(call.shell, limits);
  const known = new Map<string, string>();
  try {
    while (!ends.signal.aborted) {
      const { rollouts } = await client.list();
      const changed = rollouts.filter((one) => known.get(one.name) !== JSON.stringify(one));
      if (changed.length > 0) await print(call, changed, known.size === 0);
      for (const one of changed) known.set(one.name, JSON.stringify(one));
      await call.shell.sleep(EVERY_MS, ends.signal);
    }
    return ends.why === "interrupted" ? exits.interrupted : exits.ok;
  } finally {
    ends.close();
  }
}
