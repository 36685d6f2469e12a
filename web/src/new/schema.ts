/** The document's JSON Schema, as far as a form needs to understand it. Pure. */

export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export type Path = readonly (string | number)[];

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export type Shape = "mapping" | "list" | "flag" | "choice" | "fixed" | "line";

/** Of several allowed forms the one that a value has; without a value the first. */
export function formOf(schema: JsonSchema, value: unknown): JsonSchema {
  const forms =
    schema.anyOf?.filter(
      ({ type, enum: words, const: only }) => type !== undefined || words !== undefined || only !== undefined,
    ) ?? [];
  if (forms.length === 0) return schema;
  const wanted = Array.isArray(value) ? "array" : isMapping(value) ? "object" : null;
  const found =
    wanted === null
      ? forms.find(({ type }) => type !== "object" && type !== "array")
      : forms.find(({ type }) => type === wanted);
  return { ...(schema.description === undefined ? {} : { description: schema.description }), ...(found ?? forms[0]) };
}

export function shapeOf(schema: JsonSchema): Shape {
  if (schema.const !== undefined) return "fixed";
  if (schema.enum !== undefined) return "choice";
  if (schema.type === "object") return "mapping";
  if (schema.type === "array") return "list";
  return schema.type === "boolean" ? "flag" : "line";
}

/** Keys that exclude each other: `oneOf` with one required key each. */
export function exclusive({ oneOf = [] }: JsonSchema): readonly string[] {
  const keys = oneOf.flatMap(({ required = [] }) => (required.length === 1 ? [required[0]] : []));
  return keys.length === oneOf.length ? keys : [];
}

/** What a field begins with when somebody adds it. */
export function seed(schema: JsonSchema): unknown {
  const form = formOf(schema, undefined);
  if (form.const !== undefined) return form.const;
  if (schema.default !== undefined && !isMapping(schema.default)) return schema.default;
  if (form.enum !== undefined) return form.enum[0];
  switch (form.type) {
    case "object":
      return Object.fromEntries((form.required ?? []).map((key) => [key, seed(form.properties?.[key] ?? {})]));
    case "array":
      return form.items === undefined ? [] : [seed(form.items)];
    case "boolean":
      return true;
    default:
      return (schema.examples ?? form.examples)?.[0] ?? (form.type === "string" ? "" : 0);
  }
}

/** Written text becomes a number where the schema has numbers and the text is one: `5`, not `"5"`. */
export function scalar(schema: JsonSchema, text: string): unknown {
  const numeric = [schema, ...(schema.anyOf ?? [])].some(({ type }) => type === "number" || type === "integer");
  return numeric && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === "object" ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}
