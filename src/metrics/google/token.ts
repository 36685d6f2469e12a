/**
 * Google's access tokens: for a service account's key (RFC 7523, a signed JWT is traded for a token), or of the machine
 * that Serin runs on, which asks its metadata server.
 */
import { createSign } from "node:crypto";
import { z } from "zod";
import { unanswered } from "../../engine/unanswered.ts";
import { SerinError } from "../../errors.ts";
import type { Prover } from "../asking/asker.ts";
import { tokenIn } from "../asking/oauth2.ts";
import type { MetricSourceDeps } from "../source.ts";

const SCOPE = "https://www.googleapis.com/auth/monitoring.read";
const METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFETIME_SECONDS = 3600;

const keySchema = z.object({ client_email: z.string(), private_key: z.string(), token_uri: z.url() });
type Key = z.output<typeof keySchema>;

type Token = ReturnType<typeof tokenIn>;

export function googleProver(keyFile: string | undefined, deps: MetricSourceDeps): Prover {
  let token: Token | null = null;
  return {
    async prove(_asked, signal) {
      if (token === null || deps.now() >= token.until) token = await tokenOf(keyFile, deps, signal);
      return { headers: { authorization: `Bearer ${token.text}` }, hide: [token.text] };
    },
    refused() {
      const had = token !== null;
      token = null;
      return had;
    },
  };
}

async function tokenOf(keyFile: string | undefined, deps: MetricSourceDeps, signal: AbortSignal): Promise<Token> {
  if (keyFile === undefined)
    return traded("Google's metadata server", METADATA, { headers: { "metadata-flavor": "Google" } }, deps, signal);
  const key = await keyIn(keyFile, deps);
  const body = new URLSearchParams({ grant_type: GRANT, assertion: assertionOf(key, deps.now()) });
  const whom = `the token server at ${new URL(key.token_uri).origin}`;
  return traded(whom, key.token_uri, { method: "POST", body }, deps, signal);
}

async function traded(
  whom: string,
  url: string,
  init: RequestInit,
  { fetch, now }: MetricSourceDeps,
  signal: AbortSignal,
): Promise<Token> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return tokenIn(response.status, await response.text(), whom, now());
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof SerinError) throw thrown;
    throw new SerinError("SOURCE_FAILED", `${whom} ${unanswered(thrown).why}`, { details: { again: true } });
  }
}

async function keyIn(path: string, { readFile }: MetricSourceDeps): Promise<Key> {
  try {
    return keySchema.parse(JSON.parse(await readFile(path)));
  } catch (cause) {
    throw new SerinError("SECRET_MISSING", `the file ${path} holds no key of a service account`, { cause });
  }
}

const coded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function assertionOf({ client_email, private_key, token_uri }: Key, now: number): string {
  const iat = Math.floor(now / 1000);
  const claims = { iss: client_email, scope: SCOPE, aud: token_uri, iat, exp: iat + LIFETIME_SECONDS };
  const text = `${coded({ alg: "RS256", typ: "JWT" })}.${coded(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(private_key, "base64url")}`;
}
