/** OAuth 2 with client credentials (RFC 6749, 4.4): a token is fetched when the first question needs it, and kept. */
import { z } from "zod";
import { secretSchema, type Secrets } from "../../engine/secrets.ts";
import { unanswered } from "../../engine/unanswered.ts";
import { SerinError } from "../../errors.ts";
import { addressSchema } from "./address.ts";
import type { Prover } from "./asker.ts";

export const oauth2Schema = z.strictObject({
  tokenUrl: addressSchema.describe("where tokens are given out"),
  clientId: z.string().min(1).max(1000).describe("who Serin is there"),
  clientSecret: secretSchema.describe("where the client's secret lies"),
  scopes: z.array(z.string().min(1).max(200)).max(50).default([]).describe("what the token is to allow"),
  audience: z.string().min(1).max(1000).optional().describe("whom the token is for, where the server asks"),
});

interface Deps {
  readonly secrets: Secrets;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

interface Token {
  readonly text: string;
  readonly until: number;
}

/** A token is not used in its last minute. */
const SPARE_MS = 60_000;
/** RFC 6749, 5.1: expires_in is only recommended. */
const UNSAID_SECONDS = 300;

export function oauth2Prover(settings: z.output<typeof oauth2Schema>, deps: Deps): Prover {
  let token: Token | null = null;
  return {
    async prove(_asked, signal) {
      token = token !== null && deps.now() < token.until ? token : await fetched(settings, deps, signal);
      return { headers: { authorization: `Bearer ${token.text}` }, hide: [token.text] };
    },
    refused() {
      const had = token !== null;
      token = null;
      return had;
    },
  };
}

async function fetched(
  { tokenUrl, clientId, clientSecret, scopes, audience }: z.output<typeof oauth2Schema>,
  { secrets, fetch, now }: Deps,
  signal: AbortSignal,
): Promise<Token> {
  const whom = `the token server at ${new URL(tokenUrl).origin}`;
  const secret = await secrets(clientSecret);
  // RFC 6749, 2.3.1: both are encoded as in a form before they become a user name and a password
  const coded = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString("base64");
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) body.set("scope", scopes.join(" "));
  if (audience !== undefined) body.set("audience", audience);
  const headers = { authorization: `Basic ${coded}`, accept: "application/json", "user-agent": "serin" };
  try {
    const response = await fetch(tokenUrl, { method: "POST", headers, body, redirect: "manual", signal });
    return tokenIn(response.status, await response.text(), whom, now());
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof SerinError) throw thrown;
    throw new SerinError("SOURCE_FAILED", `${whom} ${unanswered(thrown).why}`, { details: { again: true } });
  }
}

const answerSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().min(0).default(UNSAID_SECONDS),
});
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() });

/** The token, kept for as long as it holds and a minute less. Shared with services that give out tokens of their own. */
export function tokenIn(status: number, text: string, whom: string, now: number): Token {
  const answer = answerSchema.safeParse(jsonOf(text));
  if (status === 200 && answer.success) {
    const { access_token, expires_in } = answer.data;
    return { text: access_token, until: now + expires_in * 1000 - SPARE_MS };
  }
  const error = errorSchema.safeParse(jsonOf(text));
  const said = error.success ? `: ${error.data.error_description ?? error.data.error}` : "";
  const details = { again: status >= 500 };
  throw new SerinError("SOURCE_FAILED", `${whom} gave out no token (${status})${said.slice(0, 300)}`, { details });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
