/**
 * Who may ask. Two ways: with tokens every request but the health check carries `Authorization: Bearer TOKEN`, or the cookie
 * that a browser was given for one; without
 * them only programs on this machine are served, and a web page that a person happens to have open is not one of them
 * (DNS rebinding: a foreign name that resolves to 127.0.0.1; cross-site requests: an honest browser sends an Origin).
 */
import { timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { SerinError } from "../errors.ts";
import { digestOf, type Caller, type Token, type Tokens } from "./tokens.ts";
import { isForeign, type Sessions } from "./sessions.ts";
import { PREFIX, USER_HEADER } from "./wire.ts";

/** Whether an address or a host name is this machine itself: 127.0.0.0/8, ::1, localhost (RFC 6761). */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  const four = bare.replace(/^::ffff:/, "");
  return isIP(four) === 4 && four.startsWith("127.");
}

/** Refuses to be reachable by others without a token. Throws USAGE. */
export function mayListen(host: string, tokens: Tokens | null): void {
  if (tokens !== null || isLoopback(host)) return;
  throw new SerinError(
    "USAGE",
    `listening on ${host} lets other machines in and needs a token: set SERIN_TOKEN or name a tokens file, or listen on 127.0.0.1`,
  );
}

/** Who asks. Throws UNAUTHORIZED or FORBIDDEN; what it throws never repeats what was sent. */
export function identify(request: FastifyRequest, tokens: Tokens | null, sessions: Sessions | null): Caller {
  if (tokens === null) return local(request);
  const { authorization } = request.headers;
  const caller = authorization === undefined && sessions !== null ? browser(request, sessions) : null;
  return caller ?? bearer(authorization, tokens.present());
}

/** Null without a session. Throws FORBIDDEN when another site's page is behind it, or it was lent for something else. */
function browser(request: FastifyRequest, sessions: Sessions): Caller | null {
  const pass = sessions.of(request);
  const caller = pass === null ? null : sessions.caller(pass);
  if (caller === null) return null;
  if (isForeign(request)) throw new SerinError("FORBIDDEN", "requests from other web pages are not answered");
  if (caller.only !== undefined && !isAbout(request, caller.only))
    throw new SerinError("FORBIDDEN", `this link lets you look at ${caller.only} and nothing else`);
  return caller;
}

/** Whether a request asks about one rollout, or about nothing but the server itself. */
function isAbout({ params, query, routeOptions: { url } }: FastifyRequest, rollout: string): boolean {
  if (url === `${PREFIX}/version`) return true;
  const asked = { ...(query as object), ...(params as object) } as { name?: string; rollout?: string };
  return asked.name === rollout || (asked.name === undefined && asked.rollout === rollout);
}

/** Whether a request that was let in would be let in now: its token may have been taken away. */
export function mayStillAsk(request: FastifyRequest, tokens: Tokens | null, sessions: Sessions | null): boolean {
  try {
    identify(request, tokens, sessions);
    return true;
  } catch {
    return false;
  }
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
  return { name: userOf(request), role: "admin" };
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
