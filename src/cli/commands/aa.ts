/** `serin aa NAME --gate load >> rollout.yaml` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import { exits } from "../exit.ts";
import { output, releaseFlag, releaseOf, type ReleaseFlags } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

interface Flags extends ReleaseFlags {
  readonly gate?: string;
}

const rounded = (x: number) => Number(x.toPrecision(6));

export const aa = verb<Flags>({
  name: "aa",
  group: "Plan and replay",
  summary: "the A/A history of a series gate, from a release of one version on both sides",
  about: `A series gate may act once it has seen what its numbers do while both arms run the same version. Release that version
against itself with the gate in it, then put what this prints into the gate: as many intervals as you have, 30 at least.`,
  examples: ["serin aa shop --gate load", "serin aa shop --gate load --release 3 -o json"],
  args: [NAME],
  flags: [new Option("--gate <name>", "which series gate"), releaseFlag(), output("json", "yaml")],
  async run(call, [name], flags) {
    if (flags.gate === undefined) throw new SerinError("USAGE", "--gate says which series gate is meant");
    const { alikeIn } = await import("../../sim/alike.ts");
    const { readRecord } = await import("../../sim/record.ts");
    const client = await call.client();
    const release = await releaseOf(client, name, flags);
    let text = "";
    const path = `/v1/rollouts/${encodeURIComponent(name)}/record`;
    for await (const piece of client.pieces(path, { release }, new AbortController().signal)) text += piece;
    const found = alikeIn(readRecord(text, name), flags.gate);
    const pairs = found.pairs.map(([stable, canary]) => [rounded(stable), rounded(canary)] as const);
    await call.out.value(
      { ...found, pairs },
      {
        text: () =>
          [
            `# ${pairs.length} intervals of release ${release}${among(found.revisions)}; neighbours correlate by up to ${rounded(found.correlation)}: blocks of ${found.block}`,
            `history: [${pairs.map(([stable, canary]) => `[${stable}, ${canary}]`).join(", ")}]`,
          ].join("\n"),
      },
    );
    return exits.ok;
  },
});

/** What is called differently may be the same all the same; whoever uses it should know. */
const among = (revisions: readonly [string, string] | null) =>
  revisions === null || revisions[0] === revisions[1]
    ? ""
    : `, ${revisions[1]} against ${revisions[0]}: an A/A history only if both are the same version`;
