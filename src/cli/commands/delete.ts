/** `serin delete NAME...` */
import { Option } from "commander";
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const remove = verb<{ readonly stop?: boolean }>({
  name: "delete",
  group: "Documents",
  summary: "remove a rollout and its history",
  about: `Refused while a release is under way: abort it first. Refused while its gateway serves visitors, unless --stop says
that nobody is to be served there any more.`,
  examples: ["serin delete shop --stop"],
  args: [{ ...NAME, many: true }],
  flags: [new Option("--stop", "end its gateway too, which serves visitors until then"), output("name")],
  async run(call, names, { stop = false }) {
    const client = await call.client();
    for (const name of names) {
      await client.remove(name, { stop });
      await call.out.value({ name }, { text: (gone) => `${gone.name} deleted`, name: (gone) => gone.name });
    }
    return exits.ok;
  },
});
