/** Where a secret lies, as documents say it: its name and never its value. Who reads it: `engine/secrets.ts`. */
import { z } from "zod";
import { exactlyOne, theOne } from "./choice.ts";

const env = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
  .describe("the environment variable of the Serin process that holds the secret");
const file = z.string().min(1).describe("the file that holds the secret; white space at its end does not count");

/** RFC 1123: what Kubernetes lets its namespaces (a label) and its secrets (labels with dots) be called. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const labels = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

const kubernetes = z
  .strictObject({
    namespace: z
      .string()
      .regex(label, "expected the name of a namespace")
      .optional()
      .describe("its namespace; the one that Serin runs in unless said"),
    name: z.string().regex(labels, "expected the name of a secret").describe("what it is called"),
    key: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,253}$/, "expected a key of a secret")
      .describe("under which of its keys"),
  })
  .describe("the secret of the Kubernetes cluster that Serin runs in");

/** A secret of the cluster; without a namespace the one that Serin runs in. */
export type KubernetesSecret = z.output<typeof kubernetes>;

/** Where a secret lies. */
export type SecretRef =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly kubernetes: KubernetesSecret };

const places = ["env", "file", "kubernetes"] as const;

/** Exactly one place. One object rather than a union, so that a mistyped key is called by its name. */
export const secretSchema = z
  .strictObject({ env: env.optional(), file: file.optional(), kubernetes: kubernetes.optional() })
  .meta({
    description: "where a secret lies; the secret itself never stands in a document",
    ...exactlyOne(places),
  })
  .transform((written, ctx): SecretRef => {
    const place = theOne(written, places, ctx);
    return place === null ? z.NEVER : ({ [place]: written[place] } as unknown as SecretRef);
  });
