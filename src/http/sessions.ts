/**
 * Sessions of browsers. A token is exchanged once for a cookie that no script can read and that no other site can send
 * (HttpOnly, SameSite=Strict); what stands in it is no token: who, until when, for what, and a seal over it. The seal is
 * made with this server's own key and the digest of the token behind it, so a session outlives a restart and ends with its
 * token, and nothing has to be remembered of it.
 *
 * A share link is the same made for others: it may look at one rollout, it ends by itself, and it ends with the token of
 * whoever made it. It travels behind the # of an address, which browsers do not send.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Records } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import { digestOf, type Caller, type Token, type Tokens } from "./tokens.ts";

/** What a seal is over. */
export interface Pass {
  /** Name of the token behind it. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly until: number;
  /** The one rollout that may be looked at; null: whatever the token may do. */
  readonly only: string | null;
}

/** How long somebody stays known who does nothing. */
export const SESSION_MS = 12 * 3_600_000;

const NOTE = "session key";
const KEY_BYTES = 32;

type Parts = { readonly records: Pick<Records, "note" | "writeNote">; readonly tokens: Tokens; now(): number };

export class Sessions {
  readonly #parts: Parts;
  #key: Buffer = Buffer.alloc(0);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Before the first request: the key is made once and kept. */
  async ready(): Promise<void> {
    const { records } = this.#parts;
    const kept = await records.note(NOTE);
    this.#key = kept === null ? randomBytes(KEY_BYTES) : Buffer.from(kept, "base64");
    if (kept === null) await records.writeNote(NOTE, this.#key.toString("base64"));
  }

  /** Cookies know no ports: two Serins on one machine have cookies of different names. */
  get cookie(): string {
    return `serin-${createHash("sha256").update(this.#key).digest("hex").slice(0, 8)}`;
  }

  /** A sealed pass for whoever has the token. Throws UNAUTHORIZED. */
  enter(secret: string): string {
    const digest = digestOf(secret);
    const token = this.#parts.tokens.present().find((one) => timingSafeEqual(one.digest, digest));
    if (token === undefined) throw new SerinError("UNAUTHORIZED", "this server does not know the token");
    return this.seal({ token: token.name, until: this.#parts.now() + SESSION_MS, only: null });
  }

  /** Throws UNAUTHORIZED when the token behind it is gone. */
  seal(pass: Pass): string {
    const token = this.#tokenOf(pass);
    if (token === null) throw new SerinError("UNAUTHORIZED", "the token behind this session is no longer known");
    const text = Buffer.from(JSON.stringify([pass.token, pass.until, pass.only])).toString("base64url");
    return `${text}.${this.#sealOf(text, token)}`;
  }

  /** What was sealed; null when it was not by us, is over, or the token behind it is gone. */
  open(sealed: string): Pass | null {
    const [text = "", seal = "", ...rest] = sealed.split(".");
    const pass = rest.length === 0 ? passFrom(text) : null;
    const token = pass === null ? null : this.#tokenOf(pass);
    if (pass === null || token === null || pass.until <= this.#parts.now()) return null;
    return same(seal, this.#sealOf(text, token)) ? pass : null;
  }

  /** The pass that a request's cookie holds. */
  of(request: FastifyRequest): Pass | null {
    const cookies = (request.headers.cookie ?? "").split(/; */);
    const found = cookies.find((one) => one.startsWith(`${this.cookie}=`));
    return found === undefined ? null : this.open(found.slice(this.cookie.length + 1));
  }

  /** Who that is. */
  caller(pass: Pass): Caller | null {
    const token = this.#tokenOf(pass);
    if (token === null) return null;
    if (pass.only === null) return { name: token.name, role: token.role };
    return { name: `a link of ${token.name}`, role: "view", only: pass.only };
  }

  #tokenOf({ token }: Pass): Token | null {
    return this.#parts.tokens.present().find(({ name }) => name === token) ?? null;
  }

  #sealOf(text: string, { digest }: Token): string {
    return createHmac("sha256", this.#key).update(digest).update(text).digest("base64url");
  }
}

function passFrom(text: string): Pass | null {
  try {
    const [token, until, only] = JSON.parse(Buffer.from(text, "base64url").toString()) as unknown[];
    if (typeof token !== "string" || typeof until !== "number" || (only !== null && typeof only !== "string"))
      return null;
    return { token, until, only };
  } catch {
    return null;
  }
}

/** Compared as digests: of equal length, and in a time that says nothing. */
const same = (a: string, b: string): boolean => timingSafeEqual(digestOf(a), digestOf(b));

/**
 * Whether a page of another site may be behind a request that a browser sent its cookie with. Browsers say where a request
 * that changes something comes from; one that does not say so is none of ours.
 */
export function isForeign({ method, headers }: FastifyRequest): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return true;
  const origin = URL.parse(headers.origin ?? "");
  return origin === null || origin.host !== headers.host;
}
