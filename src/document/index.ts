/** The document: what people write, read once at the door. */
export { documentSchema } from "./json-schema.ts";
export type { Problem } from "./problem.ts";
export { parseKept, readDocument, type Read } from "./read.ts";
export type { RolloutDocument } from "./schema.ts";
