/** `serin gates` */
import type { Preset, PresetName } from "../../rollout/presets.ts";
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

async function all(): Promise<readonly Listed[]> {
  const { presetNames, presetOf } = await import("../../rollout/presets.ts");
  return presetNames.map((preset) => listed(preset, presetOf(preset)));
}

function listed(preset: PresetName, set: Preset): Listed {
  const { tier, about, needs, source, gate } = set;
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
    const presets = await all();
    const rows = (wide: boolean) =>
      presets.map(({ preset, tier, watches, needs }) =>
        wide ? [preset, tier, watches, needs] : [preset, tier, watches],
      );
    await out.value(presets, {
      text: () => table(["PRESET", "TIER", "ROLLS BACK WHEN SHOWN"], rows(false), out.paint),
      wide: () => table(["PRESET", "TIER", "ROLLS BACK WHEN SHOWN", "NEEDS"], rows(true), out.paint),
      name: () => presets.map(({ preset }) => preset).join("\n"),
    });
    return exits.ok;
  },
});
