/** `serin exposure NAME [--release 3] [-o csv]` */
import type { ExposureLedger } from "../../http/wire-exposure.ts";
import { exits } from "../exit.ts";
import { output, releaseFlag, type ReleaseFlags } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const exposure = verb<ReleaseFlags>({
  name: "exposure",
  group: "Look",
  summary: "who met which revision, and what it did to them",
  about: `People, sessions and requests of each arm, release by release, failures above what stable would have done to as many,
with an interval that holds at all times at once, and whether anybody met both arms. -o csv is for spreadsheets.`,
  examples: ["serin exposure shop", "serin exposure shop --release 3 -o json", "serin exposure shop -o csv > shop.csv"],
  args: [NAME],
  flags: [releaseFlag("which release; all unless said"), output("json", "yaml", "csv")],
  async run(call, [name], { release }) {
    const { out } = call;
    const path = `/v1/rollouts/${encodeURIComponent(name)}/exposure`;
    const found = (await (await call.client()).read(path, { release })) as ExposureLedger;
    if (found.releases.length === 0 && !out.machine) {
      out.note(`Nobody has counted who met a canary of ${name}: Serin's own gateway does, from the first release on.`);
      return exits.ok;
    }
    const { exposureLines } = await import("../picture/exposure.ts");
    const { exposureCsv } = await import("../../http/pages/exposure-csv.ts");
    await out.value(found, { text: (clear) => exposureLines(clear, out).join("\n"), csv: exposureCsv });
    return exits.ok;
  },
});
