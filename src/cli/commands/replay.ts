/** `serin replay NAME [--release 3]` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { Replayed } from "../../sim/replay.ts";
import { clean } from "../clean.ts";
import { documents } from "../document.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { textOf } from "../files.ts";
import { stamp } from "../output.ts";
import { output, releaseFlag, releaseOf, type ReleaseFlags } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

interface Flags extends ReleaseFlags {
  readonly from?: string;
}

export const replay = verb<Flags>({
  name: "replay",
  group: "Plan and replay",
  summary: "decide a release again from its record and compare, to the last bit",
  about: `Takes what every decision rested on, decides again in this process, and compares every part of every status, every
event and every decision with what was recorded. Exits with 0 when all of it agrees and with 1 at the first difference,
which is told. --from reads what \`serin export\` has written, and asks no server.`,
  examples: ["serin replay shop", "serin replay shop --release 3", "serin replay --from shop-3.json"],
  args: [{ name: "NAME", about: "the rollout", optional: true }],
  flags: [
    releaseFlag(),
    new Option("--from <file>", "an exported record instead of a server's"),
    output("json", "yaml"),
  ],
  async run(call, [name], flags) {
    const [again, { replaySentence }] = await Promise.all([replayed(call, name, flags), import("../../sim/replay.ts")]);
    await call.out.value(again.result, { text: (one) => clean(replaySentence(again.name, one, stamp)) });
    return again.result.difference === null ? exits.ok : exits.internal;
  },
});

async function replayed(
  call: Call,
  name: string | undefined,
  flags: Flags,
): Promise<{ name: string; result: Replayed }> {
  const [{ replay: decideAgain }, { parseKept }] = await Promise.all([import("../../sim/replay.ts"), documents()]);
  if (flags.from !== undefined) {
    const { pastOf, readRecord } = await import("../../sim/record.ts");
    const record = readRecord(await textOf(flags.from, call.shell), flags.from);
    return {
      name: record.rollout,
      result: await decideAgain(pastOf(record), record.rollout, record.release, parseKept),
    };
  }
  if (name === undefined) throw new SerinError("USAGE", "serin replay takes the name of a rollout, or --from a file");
  const ends = endsOf(call.shell, {});
  try {
    const client = await call.client();
    const { pastOver } = await import("../past.ts");
    const release = await releaseOf(client, name, flags);
    return { name, result: await decideAgain(await pastOver(client, ends.signal), name, release, parseKept) };
  } finally {
    ends.close();
  }
}
