/** `serin gates` */
import { presetNames, presetOf, type PresetName } from "../../rollout/presets.ts";
import { exits } from "../exit.ts";
import { table } from "../output.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

/** A preset as it is listed, and as it would be written out. */
interface Listed {
  readonly preset: PresetName;
  readonly tier: string;
  readonly watches: string;
  readonly needs: string;
  readonly gate: Readonly<Record<string, unknown>>;
}

function listed(preset: PresetName): Listed {
  const { tier, about, needs, source, gate } = presetOf(preset);
  return { preset, tier, watches: about, needs, gate: { name: preset, ...(source ? { source } : {}), ...gate } };
}

export const gates = verb({
  name: "gates",
  group: "Documents",
  summary: "gates that are set up already, and what each needs",
  about: `Say one as { preset: NAME } among a document's gates; a source of your own goes beside it. -o yaml prints each as it
would be written out, to be changed.`,
  examples: ["serin gates", "serin gates -o yaml"],
  flags: [output("json", "yaml", "wide", "name")],
  async run({ out }) {
    const all = presetNames.map(listed);
    const rows = (wide: boolean) =>
      all.map(({ preset, tier, watches, needs }) => (wide ? [preset, tier, watches, needs] : [preset, tier, watches]));
    await out.value(all, {
      text: () => table(["PRESET", "TIER", "ROLLS BACK WHEN SHOWN"], rows(false), out.paint),
      wide: () => table(["PRESET", "TIER", "ROLLS BACK WHEN SHOWN", "NEEDS"], rows(true), out.paint),
      name: () => presetNames.join("\n"),
    });
    return exits.ok;
  },
});
