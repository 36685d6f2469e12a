/**
 * Secrets are named in documents, never written there: `{ env: SLACK_URL }`, `{ file: /run/secrets/slack }` or, in a
 * cluster, `{ kubernetes: { name: slack, key: url } }`. They are read when they are used, so that a rotated file takes
 * effect at once, and no message repeats their value.
 */
import { SerinError } from "../errors.ts";
import { NotThere, type ClusterSecrets } from "./cluster-secrets.ts";
import { secretSchema, type SecretRef } from "../rollout/secret.ts";

export { secretSchema, type SecretRef };

/** What secrets are read from. `readFile` gives a file's text. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
  /** Secrets of the cluster; rejects with NotThere. Left out where nobody could ask for any. */
  readonly cluster?: Pick<ClusterSecrets, "read">;
}

/** Reads secrets; what adapters are given. */
export type Secrets = (ref: SecretRef) => Promise<string>;

/** Longer than any URL, token or key; a file above it is the wrong file. */
const MAX_LENGTH = 16_384;

/** The reference in words, fit for messages: "the variable SLACK_URL". */
export function nameOfSecret(ref: SecretRef): string {
  if ("env" in ref) return `the variable ${ref.env}`;
  if ("file" in ref) return `the file ${ref.file}`;
  const { namespace, name } = ref.kubernetes;
  return `the secret ${namespace === undefined ? "" : `${namespace}/`}${name} of the cluster`;
}

/**
 * The secret's value. Throws SECRET_MISSING, which names the place and never the value, when there is none,
 * it is empty, or it holds what no secret does (control characters, more than 16,384 characters).
 */
export async function readSecret(ref: SecretRef, from: SecretSources): Promise<string> {
  const missing = (why: string) =>
    new SerinError("SECRET_MISSING", `${nameOfSecret(ref)} ${why}`, { details: { secret: ref } });
  const value = await valueOf(ref, from, missing);
  if (value === undefined) throw missing("is not set");
  const secret = value.trimEnd();
  if (secret === "") throw missing("is empty");
  if (secret.length > MAX_LENGTH) throw missing(`is longer than ${MAX_LENGTH} characters`);
  if (/\p{Cc}/u.test(secret)) throw missing("holds line breaks or other control characters");
  return secret;
}

type Missing = (why: string) => SerinError;

async function valueOf(ref: SecretRef, from: SecretSources, missing: Missing): Promise<string | undefined> {
  if ("env" in ref) return variable(ref.env, from);
  if ("file" in ref) return textOf(ref.file, from, missing);
  if (from.cluster === undefined) throw missing("cannot be read here");
  return from.cluster.read(ref.kubernetes).catch((thrown: unknown) => {
    throw thrown instanceof NotThere ? missing(thrown.message) : thrown;
  });
}

const variable = (name: string, from: SecretSources) => (Object.hasOwn(from.env, name) ? from.env[name] : undefined);

async function textOf(path: string, from: SecretSources, missing: Missing): Promise<string> {
  try {
    return await from.readFile(path);
  } catch (error) {
    const code = (error as { code?: string } | null)?.code;
    throw missing(code === "ENOENT" ? "does not exist" : `cannot be read${code === undefined ? "" : ` (${code})`}`);
  }
}

/** A reader bound to its sources. */
export const secretsFrom =
  (from: SecretSources): Secrets =>
  (ref) =>
    readSecret(ref, from);

/** Every reference to a secret in an adapter's settings, however deep: to check them all before they are needed. */
export function secretRefs(settings: unknown): readonly SecretRef[] {
  const found = secretSchema.safeParse(settings);
  if (found.success) return [found.data];
  return settings !== null && typeof settings === "object" ? Object.values(settings).flatMap(secretRefs) : [];
}

/** The text with every one of the secrets blotted out, also where it stands URL-encoded. Short ones hide too much: from 4 on. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((form) => form.length >= 4)
    .toSorted((a, b) => b.length - a.length);
  return forms.reduce((blotted, form) => blotted.replaceAll(form, "***"), text);
}
