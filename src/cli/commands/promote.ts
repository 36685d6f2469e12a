/** `serin promote NAME [--full]` */
import { Option } from "commander";
import { exits } from "../exit.ts";
import { ask, reasonOf, type WhyFlags } from "./asking.ts";
import { output, why } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const promote = verb<WhyFlags & { readonly full?: true }>({
  name: "promote",
  group: "Release",
  summary: "go on past the current step; with --full past all of them",
  about: "With --full the canary serves everybody at once, whatever the gates say: a person has decided.",
  examples: ["serin promote shop", "serin promote shop --full --why 'a fix that cannot wait'"],
  args: [NAME],
  flags: [new Option("--full", "promote now, past all remaining steps"), why(), output("json", "yaml", "name")],
  async run(call, [name], flags) {
    await ask(call, name, { verb: flags.full === true ? "promoteFull" : "promote", ...reasonOf(flags) });
    return exits.ok;
  },
});
