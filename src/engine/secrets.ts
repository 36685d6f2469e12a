/**
 * Secrets are named in documents, never written there: `{ env: SLACK_URL }` or `{ file: /run/secrets/slack }`.
 * They are read when they are used, so that a rotated file takes effect at once, and no message repeats their value.
 */
import { SerinError } from "../errors.ts";
import { secretSchema, type SecretRef } from "../rollout/secret.ts";

export { secretSchema, type SecretRef };

/** What secrets are read from. `readFile` gives a file's text. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
}

/** Reads secrets; what adapters are given. */
export type Secrets = (ref: SecretRef) => Promise<string>;

/** Longer than any URL, token or key; a file above it is the wrong file. */
const MAX_LENGTH = 16_384;

/** The reference in words, fit for messages: "the variable SLACK_URL". */
export function nameOfSecret(ref: SecretRef): string {
  return "env" in ref ? `the variable ${ref.env}` : `the file ${ref.file}`;
}

/**
 * The secret's value. Throws SECRET_MISSING, which names the variable or file and never the value, when there is none,
 * it is empty, or it holds what no secret does (control characters, more than 16,384 characters).
 */
export async function readSecret(ref: SecretRef, from: SecretSources): Promise<string> {
  const missing = (why: string) =>
    new SerinError("SECRET_MISSING", `${nameOfSecret(ref)} ${why}`, { details: { secret: ref } });
  const value = "env" in ref ? variable(ref.env, from) : await textOf(ref.file, from, missing);
  if (value === undefined) throw missing("is not set");
  const secret = value.trimEnd();
  if (secret === "") throw missing("is empty");
  if (secret.length > MAX_LENGTH) throw missing(`is longer than ${MAX_LENGTH} characters`);
  if (/\p{Cc}/u.test(secret)) throw missing("holds line breaks or other control characters");
  return secret;
}

const variable = (name: string, from: SecretSources) => (Object.hasOwn(from.env, name) ? from.env[name] : undefined);

async function textOf(path: string, from: SecretSources, missing: (why: string) => SerinError): Promise<string> {
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
