/** `serin schema` */
import { documents } from "../document.ts";
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

export const schema = verb({
  name: "schema",
  group: "Documents",
  summary: "the JSON Schema of a document, for editors and checks",
  examples: ["serin schema > rollout.schema.json"],
  flags: [output("json", "yaml")],
  async run({ out }) {
    const { documentSchema } = await documents();
    const value = documentSchema();
    await out.value(value, { text: () => JSON.stringify(value, null, 2) });
    return exits.ok;
  },
});
