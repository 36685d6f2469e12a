/** Where a secret lies, as documents say it: its name and never its value. Who reads it: `engine/secrets.ts`. */
import { z } from "zod";
import { exactlyOne, theOne } from "./choice.ts";

const env = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
  .describe("the environment variable of the Serin process that holds the secret");
const file = z.string().min(1).describe("the file that holds the secret; white space at its end does not count");

/** Where a secret lies. */
export type SecretRef = { readonly env: string } | { readonly file: string };

/** `{ env }` or `{ file }`, exactly one. One object rather than a union, so that a mistyped key is called by its name. */
export const secretSchema = z
  .strictObject({ env: env.optional(), file: file.optional() })
  .meta({
    description: "where a secret lies; the secret itself never stands in a document",
    ...exactlyOne(["env", "file"]),
  })
  .transform((written, ctx): SecretRef => {
    if (theOne(written, ["env", "file"], ctx) === null) return z.NEVER;
    return written.env === undefined ? { file: written.file ?? "" } : { env: written.env };
  });
