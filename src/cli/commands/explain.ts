/** `serin explain NAME [--gate G]` */
import { Option } from "commander";
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const explain = verb<{ readonly gate?: string }>({
  name: "explain",
  group: "Look",
  summary: "why a release stands where it stands",
  about: `In words first, then by the numbers, then what led there, then the promise that holds. -o wide shows every number
that a verdict rests on.`,
  examples: ["serin explain shop", "serin explain shop --gate latency -o wide"],
  args: [NAME],
  flags: [new Option("--gate <gate>", "about this gate only"), output("json", "yaml", "wide")],
  async run(call, [name], { gate }) {
    const { out, client } = call;
    const explained = await (await client()).explain(name, gate);
    const { explanation } = await import("../picture/explanation.ts");
    await out.value(explained, {
      text: (clear) => explanation(clear, out).join("\n"),
      wide: (clear) => explanation(clear, out, true).join("\n"),
    });
    return exits.ok;
  },
});
