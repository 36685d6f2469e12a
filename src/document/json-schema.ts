/** The schema for editors and other programs: JSON Schema 2020-12, derived from the zod schema. */
import { z } from "zod";
import { documentZod } from "./schema.ts";

/** What our own readers of the JSON Schema look at. */
export interface SchemaNode {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean)[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

const SCHEMA_ID = "https://serin.dev/schema/v1alpha1/rollout.schema.json";

let made: SchemaNode | undefined;

/** As people write documents: defaults may be left out. Made once. */
export function documentSchema(): SchemaNode {
  made ??= make();
  return made;
}

function make(): SchemaNode {
  const { $schema, ...rest } = z.toJSONSchema(documentZod, { io: "input", override });
  return { $schema, $id: SCHEMA_ID, ...rest } as SchemaNode;
}

function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  tidy(jsonSchema);
  // zod drops these where it transforms, as if they were of the result; ours are as people write them
  const { examples, default: said } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples !== undefined) jsonSchema.examples = examples as unknown[];
  if (said !== undefined) jsonSchema.default = said;
}

/** Takes out what says nothing or what editors stumble over. */
function tidy(node: z.core.JSONSchema.BaseSchema): void {
  // formats that only zod knows; the pattern beside them says the same
  if (node.format === "starts_with" || node.format === "safeint") delete node.format;
  // what a double can hold is no limit worth telling
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (JSON.stringify(node.propertyNames) === `{"type":"string"}`) delete node.propertyNames;
}
