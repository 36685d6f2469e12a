/** schema/rollout.schema.json: what editors are pointed to. */
import { documentSchema } from "../../src/document/json-schema.ts";
import type { Output } from "./output.ts";

export const schemaFile = (): Output => ({
  path: "schema/rollout.schema.json",
  text: `${JSON.stringify(documentSchema(), null, 2)}\n`,
});
