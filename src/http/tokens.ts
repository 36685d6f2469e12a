/**
 * Tokens: who may ask from elsewhere. SERIN_TOKEN is one that may do everything; a tokens file has as many as there are people and
 * programs. The file is read again when it changes, so that a token is given or taken away without a restart.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { asSerinError, SerinError, type ErrorCode } from "../errors.ts";
import type { Log } from "./log.ts";
import { roles, type Role } from "./roles.ts";

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  /** The one rollout that may be looked at. */
  readonly only?: string;
}

/** A token as remembered: never itself, only its SHA-256. */
export interface Token {
  readonly name: string;
  readonly role: Role;
  readonly digest: Buffer;
}

export const digestOf = (secret: string) => createHash("sha256").update(secret, "utf8").digest();

/** 16 characters of a base64 alphabet are 96 bits: out of reach of guessing over a network. */
const SHORTEST = 16;

/**
 * A tokens file: one `name role token` a line, role `report`, `view`, `act` or `admin`, the token itself or `sha256:` and 64 hex digits of
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
  const known = roles.find((one) => one === role);
  if (known === undefined) throw new SerinError("USAGE", `${place}: expected the role ${roles.join(", ")}`);
  if (secret === "" || rest.length > 0)
    throw new SerinError("USAGE", `${place}: expected three words: name, role, token`);
  return { name, role: known, digest: digestFrom(secret, place) };
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

function checkSecret(secret: string, place: string, code: ErrorCode = "USAGE"): void {
  // RFC 6750, b64token: anything else could not be sent as a bearer token.
  if (!/^[\w.~+/-]+=*$/.test(secret))
    throw new SerinError(code, `${place}: a token has letters, digits and - . _ ~ + /`);
  if (secret.length < SHORTEST) throw new SerinError(code, `${place}: a token has at least ${SHORTEST} characters`);
}

/** The tokens of a server as they are now. */
export interface Tokens {
  present(): readonly Token[];
}

export interface TokenSources {
  /** The variable SERIN_TOKEN. */
  readonly token?: string | undefined;
  readonly file?: string | undefined;
  /** A token made for this process alone, with which it may ask itself. It opens nothing where there are no others. */
  readonly own?: string | undefined;
}

/**
 * The tokens of a server: SERIN_TOKEN (one, may do everything) and a tokens file, either or both; null when there is neither.
 * Throws USAGE, ENVIRONMENT_INVALID, FILE_NOT_FOUND. A file that is spoilt later leaves the tokens that were good, and the log says so.
 */
export function openTokens({ token, file, own }: TokenSources, log: Log): Tokens | null {
  if (token === undefined && file === undefined) return null;
  const fixed = [...acting("SERIN_TOKEN", token), ...acting("this process", own)];
  if (file === undefined) return { present: () => fixed };
  let stamp = stampOf(file);
  let known = [...fixed, ...parseTokens(readTokensFile(file), file)];
  return {
    present() {
      const now = stampOf(file);
      if (now === stamp) return known;
      // Taken before the file is read: what is written in between is noticed the next time.
      stamp = now;
      try {
        known = [...fixed, ...parseTokens(readTokensFile(file), file)];
        log("info", "the tokens file was read again", { tokens: known.length });
      } catch (thrown) {
        log("error", `the tokens that were good stay: ${asSerinError(thrown).message}`);
      }
      return known;
    },
  };
}

function acting(name: string, secret: string | undefined): readonly Token[] {
  if (secret === undefined) return [];
  checkSecret(secret, name, "ENVIRONMENT_INVALID");
  return [{ name, role: "admin", digest: digestOf(secret) }];
}

/** Tells one state of the file from another; links are followed, as mounted secrets are exchanged by link. */
function stampOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "none" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

function readTokensFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SerinError("FILE_NOT_FOUND", `the tokens file ${file} cannot be read`, { cause });
  }
}
