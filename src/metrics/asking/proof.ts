/** How Serin proves who it is to a source: password, token, headers, OAuth 2, AWS signature. Secrets are read when used. */
import { z } from "zod";
import { secretSchema, type SecretRef, type Secrets } from "../../engine/secrets.ts";
import { exactlyOne, theOne } from "../../rollout/choice.ts";
import type { Asked, Proof, Prover } from "./asker.ts";
import { oauth2Prover, oauth2Schema } from "./oauth2.ts";
import { sigV4Prover, sigV4Schema } from "./sigv4.ts";

const kinds = ["basic", "bearer", "oauth2", "sigv4"] as const;

const basicSchema = z.strictObject({
  username: z.string().min(1).max(1000).describe("the user's name"),
  password: secretSchema.describe("where the password lies"),
});

const written = z.strictObject({
  basic: basicSchema.optional().describe("user name and password (RFC 7617)"),
  bearer: secretSchema.optional().describe("where a token lies (RFC 6750)"),
  oauth2: oauth2Schema.optional().describe("OAuth 2, client credentials (RFC 6749, 4.4)"),
  sigv4: sigV4Schema.optional().describe("AWS Signature Version 4"),
});

export type Auth =
  | { readonly basic: z.output<typeof basicSchema> }
  | { readonly bearer: SecretRef }
  | { readonly oauth2: z.output<typeof oauth2Schema> }
  | { readonly sigv4: z.output<typeof sigV4Schema> };

export const authSchema = written.meta(exactlyOne(kinds)).transform((auth, ctx): Auth => {
  const said = theOne(auth, kinds, ctx);
  return said === null ? z.NEVER : ({ [said]: auth[said] } as unknown as Auth);
});

/** Written by Serin or by HTTP itself. */
const ownHeaders = /^(host|content-length|transfer-encoding|connection|expect|upgrade)$/i;
const printable = /^[\x20-\x7e]*$/;

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header")
  .refine((name) => !ownHeaders.test(name), { message: "this header is HTTP's own" });

export const headersSchema = z
  .record(headerName, z.union([z.string().max(8000).regex(printable, "expected printable ASCII"), secretSchema]))
  .default({})
  .describe("more headers; a secret for tokens");

type Headers = z.output<typeof headersSchema>;

export interface ProofDeps {
  readonly secrets: Secrets;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

export const nobody: Prover = { prove: async () => ({ headers: {}, hide: [] }), refused: () => false };

/** Headers that hold secrets: the prover of services with keys of their own. */
export function headersProver(headers: Headers, secrets: Secrets): Prover {
  return {
    prove: async () => {
      const read = Object.entries(headers).map(async ([name, value]) => {
        const text = typeof value === "string" ? value : await secrets(value);
        return { name: name.toLowerCase(), text, secret: typeof value !== "string" };
      });
      const all = await Promise.all(read);
      return {
        headers: Object.fromEntries(all.map(({ name, text }) => [name, text])),
        hide: all.filter(({ secret }) => secret).map(({ text }) => text),
      };
    },
    refused: () => false,
  };
}

function basicProver({ username, password }: z.output<typeof basicSchema>, secrets: Secrets): Prover {
  return {
    prove: async () => {
      const secret = await secrets(password);
      const coded = Buffer.from(`${username}:${secret}`, "utf8").toString("base64");
      return { headers: { authorization: `Basic ${coded}` }, hide: [secret, coded] };
    },
    refused: () => false,
  };
}

export function bearerProver(ref: SecretRef, secrets: Secrets): Prover {
  return {
    prove: async () => {
      const token = await secrets(ref);
      return { headers: { authorization: `Bearer ${token}` }, hide: [token] };
    },
    refused: () => false,
  };
}

function authProver(auth: Auth, deps: ProofDeps): Prover {
  if ("basic" in auth) return basicProver(auth.basic, deps.secrets);
  if ("bearer" in auth) return bearerProver(auth.bearer, deps.secrets);
  return "oauth2" in auth ? oauth2Prover(auth.oauth2, deps) : sigV4Prover(auth.sigv4, deps);
}

/** Headers and authentication together. What is signed is signed with the other headers in it. */
export function proverOf(
  { headers, auth }: { readonly headers: Headers; readonly auth?: Auth | undefined },
  deps: ProofDeps,
): Prover {
  const plain = headersProver(headers, deps.secrets);
  const proving = auth === undefined ? nobody : authProver(auth, deps);
  return {
    prove: async (asked: Asked, signal): Promise<Proof> => {
      const more = await plain.prove(asked, signal);
      const proof = await proving.prove({ ...asked, headers: { ...asked.headers, ...more.headers } }, signal);
      return { headers: { ...more.headers, ...proof.headers }, hide: [...more.hide, ...proof.hide] };
    },
    refused: () => proving.refused(),
  };
}
