/**
 * Who may ask. Two ways: with tokens every request but the health check carries `Authorization: Bearer TOKEN`; without
 * them only programs on this machine are served, and a web page that a person happens to have open is not one of them
 * (DNS rebinding: a foreign name that resolves to 127.0.0.1; cross-site requests: an honest browser sends an Origin).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { SerinError } from "../errors.ts";
import { USER_HEADER } from "./wire.ts";

/** `view` reads; `act` also changes. */
export const roles = ["view", "act"] as const;
export type Role = (typeof roles)[number];

/** A token as remembered: never itself, only its SHA-256. */
export interface Token {
  readonly name: string;
  readonly role: Role;
  readonly digest: Buffer;
}

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

const digestOf = (secret: string) => createHash("sha256").update(secret, "utf8").digest();

/** 16 characters of a base64 alphabet are 96 bits: out of reach of guessing over a network. */
const SHORTEST = 16;

/**
 * A tokens file: one `name role token` a line, role `view` or `act`, the token itself or `sha256:` and 64 hex digits of
 * its hash; `#` begins a comment. Throws USAGE with the line, never with what is on it.
 */
export function parseTokens(text: string, file: string): readonly Token[] {
  const tokens = text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    return trimmed === "" || trimmed.startsWith("#") ? [] : [parseLine(trimmed, `${file}:${index + 1}`)];
  });
  if (tokens.length === 0)
    throw new SerinError("USAGE", `${file} holds no tokens: expected lines of name, role, token`);
  const twice = tokens.find((token, index) => tokens.findIndex(({ name }) => name === token.name) !== index);
  if (twice !== undefined) throw new SerinError("USAGE", `${file} names ${twice.name} twice`);
  return tokens;
}

function parseLine(line: string, place: string): Token {
  const [name = "", role = "", secret = "", ...rest] = line.split(/\s+/);
  if (!/^[\w.@-]{1,100}$/.test(name))
    throw new SerinError("USAGE", `${place}: a token's name has letters, digits and . _ @ -`);
  if (role !== "view" && role !== "act") throw new SerinError("USAGE", `${place}: expected the role view or act`);
  if (secret === "" || rest.length > 0)
    throw new SerinError("USAGE", `${place}: expected three words: name, role, token`);
  return { name, role, digest: digestFrom(secret, place) };
}

function digestFrom(secret: string, place: string): Buffer {
  if (secret.startsWith("sha256:")) {
    const hex = secret.slice("sha256:".length);
    if (!/^[0-9a-fA-F]{64}$/.test(hex)) throw new SerinError("USAGE", `${place}: expected 64 hex digits after sha256:`);
    return Buffer.from(hex, "hex");
  }
  checkSecret(secret, place);
  return digestOf(secret);
}

function checkSecret(secret: string, place: string): void {
  // RFC 6750, b64token: anything else could not be sent as a bearer token.
  if (!/^[\w.~+/-]+=*$/.test(secret))
    throw new SerinError("USAGE", `${place}: a token has letters, digits and - . _ ~ + /`);
  if (secret.length < SHORTEST) throw new SerinError("USAGE", `${place}: a token has at least ${SHORTEST} characters`);
}

/**
 * The tokens of a server: SERIN_TOKEN (one, may act) and a tokens file, either or both; null when there is neither.
 * Throws USAGE, FILE_NOT_FOUND.
 */
export function readTokens(from: {
  readonly token?: string | undefined;
  readonly file?: string | undefined;
}): readonly Token[] | null {
  const tokens: Token[] = [];
  if (from.token !== undefined) {
    checkSecret(from.token, "SERIN_TOKEN");
    tokens.push({ name: "SERIN_TOKEN", role: "act", digest: digestOf(from.token) });
  }
  if (from.file !== undefined) tokens.push(...parseTokens(readTokensFile(from.file), from.file));
  return tokens.length === 0 ? null : tokens;
}

function readTokensFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SerinError("FILE_NOT_FOUND", `the tokens file ${file} cannot be read`, { cause });
  }
}

/** Whether an address or a host name is this machine itself: 127.0.0.0/8, ::1, localhost (RFC 6761). */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  const four = bare.replace(/^::ffff:/, "");
  return isIP(four) === 4 && four.startsWith("127.");
}

/** Refuses to be reachable by others without a token. Throws USAGE. */
export function mayListen(host: string, tokens: readonly Token[] | null): void {
  if (tokens !== null || isLoopback(host)) return;
  throw new SerinError(
    "USAGE",
    `listening on ${host} lets other machines in and needs a token: set SERIN_TOKEN or name a tokens file, or listen on 127.0.0.1`,
  );
}

/** Who asks. Throws UNAUTHORIZED or FORBIDDEN; what it throws never repeats what was sent. */
export function identify(request: FastifyRequest, tokens: readonly Token[] | null): Caller {
  return tokens === null ? local(request) : bearer(request.headers.authorization, tokens);
}

function bearer(header: string | undefined, tokens: readonly Token[]): Caller {
  const secret = /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? "")?.[1];
  if (secret === undefined)
    throw new SerinError("UNAUTHORIZED", "this server wants a token: send Authorization: Bearer TOKEN");
  const found = match(digestOf(secret), tokens);
  if (found === null) throw new SerinError("UNAUTHORIZED", "this server does not know the token");
  return found;
}

/** Compares with every token, whichever fits: neither the time nor the order says how near a guess was. */
function match(digest: Buffer, tokens: readonly Token[]): Token | null {
  let found: Token | null = null;
  for (const token of tokens) if (timingSafeEqual(digest, token.digest)) found = token;
  return found;
}

function local(request: FastifyRequest): Caller {
  if (!isLoopback(request.socket.remoteAddress ?? "")) {
    throw new SerinError("FORBIDDEN", "this server has no tokens and answers its own machine only");
  }
  const host = hostOf(request.headers.host);
  if (host === null || !isLoopback(host.hostname)) {
    throw new SerinError("FORBIDDEN", "the Host header names another machine; ask for 127.0.0.1 or localhost");
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host.host}`) {
    throw new SerinError("FORBIDDEN", "requests from other web pages are not answered");
  }
  if (foreignFetch(request)) throw new SerinError("FORBIDDEN", "requests from other web pages are not answered");
  return { name: userOf(request), role: "act" };
}

function hostOf(header: string | undefined): URL | null {
  if (header === undefined || !/^[\w.:[\]-]+$/.test(header)) return null;
  return URL.parse(`http://${header}`);
}

/** Fetch metadata: every current browser says where a request comes from. A link that a person follows is harmless. */
function foreignFetch(request: FastifyRequest): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return !(request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate");
}

const LONGEST_USER = 100;

function userOf(request: FastifyRequest): string {
  const header = request.headers[USER_HEADER];
  if (header === undefined) return "local";
  const user = decoded(String(header));
  if (user === null || user.length > LONGEST_USER || /[\p{Cc}\p{Cf}]/u.test(user) || user.trim() === "") {
    throw new SerinError(
      "USAGE",
      `the header ${USER_HEADER} is a percent-encoded name of at most ${LONGEST_USER} characters`,
    );
  }
  return user;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
