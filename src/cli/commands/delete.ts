/** `serin delete NAME...` */
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const remove = verb({
  name: "delete",
  group: "Documents",
  summary: "remove a rollout and its history",
  about: "Refused while a release is under way: abort it first.",
  examples: ["serin delete shop"],
  args: [{ ...NAME, many: true }],
  flags: [output("name")],
  async run(call, names) {
    const client = await call.client();
    for (const name of names) {
      await client.remove(name);
      await call.out.value({ name }, { text: (gone) => `${gone.name} deleted`, name: (gone) => gone.name });
    }
    return exits.ok;
  },
});
