/** `serin events [NAME] [-w] [--since 10m] [--tail 20]` */
import { InvalidArgumentError, Option } from "commander";
import type { EventView } from "../../http/wire.ts";
import { clean } from "../clean.ts";
import type { Client } from "../client.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { cells, pad } from "../glyphs.ts";
import { stamp } from "../output.ts";
import { tones } from "../paint.ts";
import { durationOf, output, watch } from "./flags.ts";
import { NAME, verb, type Call } from "./verb.ts";

interface Flags {
  readonly watch?: true;
  readonly since?: string;
  readonly tail?: number;
}

export const events = verb<Flags>({
  name: "events",
  group: "Look",
  summary: "what happened, oldest first; of all rollouts without a name",
  about: "With -w it goes on with what happens. With -o json there is one line of JSON for each event.",
  examples: ["serin events shop --since 1h", "serin events -w --tail 0", "serin events shop -o json | jq .sentence"],
  args: [{ ...NAME, optional: true }],
  flags: [
    watch(),
    new Option("--since <duration>", "only what is not older, e.g. 10m"),
    new Option("--tail <count>", "only the last so many; 0 with -w: only what is new").argParser(wholeNumber),
    output("json", "yaml"),
  ],
  async run(call, [name], flags) {
    const client = await call.client();
    const since = await durationOf(flags.since, "--since");
    const end = flags.watch === true ? await client.lastSeq() : Infinity;
    const past = (await journal(client, name)).filter(({ seq }) => seq <= end);
    const recent = since === null ? past : past.filter(({ at }) => at >= call.shell.now() - since);
    const shown = flags.tail === undefined ? recent : recent.slice(Math.max(0, recent.length - flags.tail));
    const width = name === undefined ? Math.max(0, ...shown.map(({ rollout }) => cells(rollout))) : null;
    for (const event of shown) await tell(call, event, width);
    if (shown.length === 0 && !call.out.machine) call.out.note("Nothing has happened so far.");
    return flags.watch === true ? onwards(call, client, name, end) : exits.ok;
  },
});

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}

async function journal(client: Client, name: string | undefined): Promise<readonly EventView[]> {
  const names = name === undefined ? (await client.list()).rollouts.map((one) => one.name) : [name];
  const all: EventView[] = [];
  for (const one of names) for await (const event of client.journal(one)) all.push(event);
  return all.toSorted((a, b) => a.seq - b.seq);
}

/** One line; with the rollout's name where several are told of (`width`: of the longest name). */
async function tell({ out }: Call, event: EventView, width: number | null): Promise<void> {
  await out.value(
    event,
    {
      text: ({ at, rollout, sentence, severity }) => {
        const whose = width === null ? "" : `  ${pad(rollout, width)}`;
        return `${out.paint("dim", stamp(at))}${whose}  ${out.paint(tones[severity], clean(sentence))}`;
      },
    },
    true,
  );
}

async function onwards(call: Call, client: Client, name: string | undefined, after: number): Promise<number> {
  const ends = endsOf(call.shell, { forReaders: true });
  try {
    for await (const next of client.stream({ rollout: name, after, signal: ends.signal, patienceMs: Infinity })) {
      if ("event" in next) await tell(call, next.event, name === undefined ? 0 : null);
      if ("lost" in next) call.shell.stderr.write(`serin: ${clean(next.lost.message)}; trying again\n`);
    }
    return ends.why === "interrupted" ? exits.interrupted : exits.ok;
  } finally {
    ends.close();
  }
}
