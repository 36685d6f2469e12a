/**
 * Which server to speak to: --server, SERIN_SERVER, the one that `serve` or `run` left word of in the data directory, or
 * the usual address.
 */
import { mkdir, readFile, rm, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SerinError } from "../errors.ts";
import type { Endpoint } from "./client.ts";
import type { Shell } from "./shell.ts";

/** The same as http/wire.ts DEFAULT_LISTEN, which would load every schema at every start; a test compares them. */
export const USUAL_LISTEN = "127.0.0.1:7077";
export const USUAL_DATA = ".serin";
const WORD = "server.json";

/** What a running server leaves in its data directory. No secrets. */
export interface ServerWord {
  readonly url: string;
  readonly pid: number;
}

export interface Where {
  readonly server?: string | undefined;
  readonly data?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export function dataDir(where: Where, shell: Pick<Shell, "env" | "cwd">): string {
  const { SERIN_DATA } = shell.env;
  return resolve(shell.cwd, where.data ?? (SERIN_DATA === undefined || SERIN_DATA === "" ? USUAL_DATA : SERIN_DATA));
}

/** The word in a data directory; null when there is none or it makes no sense. */
export async function readWord(data: string): Promise<ServerWord | null> {
  try {
    const { url, pid } = JSON.parse(await readFile(join(data, WORD), "utf8")) as Partial<ServerWord>;
    return typeof url === "string" && URL.canParse(url) && Number.isInteger(pid) ? { url, pid: pid as number } : null;
  } catch {
    return null;
  }
}

/** Leaves word; whole or not at all, whoever reads in between. */
export async function writeWord(data: string, word: ServerWord): Promise<void> {
  const path = join(data, WORD);
  await mkdir(data, { recursive: true });
  await writeFile(`${path}.${word.pid}`, `${JSON.stringify(word)}\n`);
  await rename(`${path}.${word.pid}`, path);
}

/** Takes the word back, if it is still ours. */
export async function removeWord(data: string, pid: number): Promise<void> {
  if ((await readWord(data))?.pid === pid) await rm(join(data, WORD), { force: true });
}

function checkedUrl(text: string, from: string, code: "USAGE" | "ENVIRONMENT_INVALID"): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SerinError(code, `${from} is not an address such as http://127.0.0.1:7077: ${text}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new SerinError(code, `${from} holds a password; give a token by SERIN_TOKEN or --token-file instead`);
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new SerinError(
      code,
      `${from} is more than an address: a server answers at http://HOST:PORT, not at ${url.pathname}`,
    );
  }
  return url.origin;
}

/** A server that was named, by flag or environment; null when none was. */
export function namedServer(where: Where, shell: Pick<Shell, "env">): string | null {
  if (where.server !== undefined) return checkedUrl(where.server, "--server", "USAGE");
  const { SERIN_SERVER } = shell.env;
  return SERIN_SERVER === undefined || SERIN_SERVER === ""
    ? null
    : checkedUrl(SERIN_SERVER, "SERIN_SERVER", "ENVIRONMENT_INVALID");
}

/** The server to ask, with the token to show and what to say when it does not answer. */
export async function findServer(where: Where, shell: Pick<Shell, "env" | "cwd" | "alive">): Promise<Endpoint> {
  const token = await findToken(where, shell);
  const named = namedServer(where, shell);
  if (named !== null) return { url: named, token };
  const data = dataDir(where, shell);
  const word = await readWord(data);
  if (word === null) {
    return {
      url: `http://${USUAL_LISTEN}`,
      token,
      hint: "start one with `serin serve`, or name one with --server or --data",
    };
  }
  if (shell.alive(word.pid))
    return { url: word.url, token, hint: `${data} says that process ${word.pid} serves there` };
  return {
    url: word.url,
    token,
    hint: `process ${word.pid}, which served ${data}, is gone; start it again with \`serin serve\``,
  };
}

/** The token to show: of --token-file, else of SERIN_TOKEN. Throws FILE_NOT_FOUND, USAGE. */
export async function findToken(where: Where, shell: Pick<Shell, "env" | "cwd">): Promise<string | null> {
  if (where.tokenFile !== undefined) return readToken(resolve(shell.cwd, where.tokenFile), where.tokenFile);
  const { SERIN_TOKEN } = shell.env;
  return SERIN_TOKEN === undefined || SERIN_TOKEN === ""
    ? null
    : sendable(SERIN_TOKEN, "SERIN_TOKEN", "ENVIRONMENT_INVALID");
}

async function readToken(path: string, shown: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new SerinError("FILE_NOT_FOUND", `the token file ${shown} cannot be read`, { cause });
  });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  // A bare token; or a server's tokens file (name role token), of which the first that may act is taken.
  const line = lines.find((l) => /^\S+\s+act\s+\S+$/.test(l.trim())) ?? lines[0] ?? "";
  return sendable(line.trim().split(/\s+/).at(-1) ?? "", shown, "USAGE");
}

function sendable(token: string, from: string, code: "USAGE" | "ENVIRONMENT_INVALID"): string {
  const trimmed = token.trim();
  if (trimmed.startsWith("sha256:"))
    throw new SerinError(code, `${from} holds only the hash of a token; the token itself is needed here`);
  if (/^[\w.~+/-]+=*$/.test(trimmed)) return trimmed;
  throw new SerinError(code, `${from} holds no token: expected letters, digits and - . _ ~ + /`);
}
