/**
 * Where a rollout's gateway is found: a socket in the data directory that only its owner can open.
 *
 *   DATA/gateway/NAME.sock   the host answers here
 *   DATA/gateway/NAME.log    what it has to say, bounded (see `log.ts`)
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { connect, type Server, type Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SerinError } from "../errors.ts";

export interface Endpoint {
  /** Path of the socket, or name of the pipe on Windows. */
  readonly socket: string;
  readonly log: string;
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const LONGEST_PATH = 100;

export function endpointOf(data: string, name: string, platform: NodeJS.Platform): Endpoint {
  const dir = join(resolve(data), "gateway");
  const log = join(dir, `${name}.log`);
  if (platform !== "win32") return { socket: join(dir, `${name}.sock`), log };
  const id = createHash("sha256").update(`${dir}\0${name}`).digest("hex").slice(0, 32);
  return { socket: `\\\\.\\pipe\\serin-${id}`, log };
}

/** Makes the folder that socket and log lie in, for the owner alone. */
export function ensureFolder({ log }: Endpoint): void {
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  chmodSync(dirname(log), 0o700);
}

const isPipe = (socket: string) => socket.startsWith("\\\\.\\pipe\\");

/**
 * Calls with a path that fits into a socket address: the path itself, or a short-lived link to it. The link lies in a
 * new folder of this process's own, so nobody else can have put it there.
 */
async function reaching<T>(path: string, room: number, tmp: string, use: (short: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST_PATH - room || isPipe(path)) return use(path);
  const folder = mkdtempSync(join(tmp, "serin-"));
  try {
    symlinkSync(path, join(folder, "g"));
    return await use(join(folder, "g"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Connects to who answers there. Rejects with the system's error: ENOENT or ECONNREFUSED when nobody does. */
export function dial(socket: string, tmp: string): Promise<Socket> {
  return reaching(
    socket,
    0,
    tmp,
    (path) =>
      new Promise((resolve, reject) => {
        const connection = connect({ path });
        connection.once("error", reject);
        connection.once("connect", () => {
          connection.off("error", reject);
          resolve(connection);
        });
      }),
  );
}

/** A connection to who answers there; null when nobody does. Throws GATEWAY_UNREACHABLE when one may not ask. */
export async function reach(socket: string, tmp: string, name: string): Promise<Socket | null> {
  try {
    return await dial(socket, tmp);
  } catch (thrown) {
    const { code = "", message } = thrown as { code?: string; message: string };
    if (/^(ENOENT|ECONNREFUSED|ENOTSOCK|ENOTDIR)$/.test(code)) return null;
    throw new SerinError("GATEWAY_UNREACHABLE", `the gateway of ${name} cannot be reached at ${socket}: ${message}`, {
      cause: thrown,
    });
  }
}

/**
 * Makes the server answer at the socket, for the owner alone. It is bound under another name and then takes the place
 * of what a dead host left there: who connects finds one or the other, and nobody finds it before it is private.
 */
export async function answerAt(server: Server, socket: string, tmp: string): Promise<void> {
  if (isPipe(socket)) return listening(server, socket);
  const draft = `.${process.pid}`;
  const path = join(dirname(socket), draft);
  rmSync(path, { force: true });
  await reaching(dirname(socket), draft.length + 1, tmp, (folder) => listening(server, join(folder, draft)));
  chmodSync(path, 0o600);
  renameSync(path, socket);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

const AGAIN_MS = 10;
/** It takes a few milliseconds to look and to listen: whoever holds the lock for two seconds has died over it. */
const TRIES = 200;

/** The same, unless somebody answers there already: then false. Of several who claim at once, one gets it. */
export async function claim(server: Server, socket: string, tmp: string): Promise<boolean> {
  if (isPipe(socket))
    return listening(server, socket).then(
      () => true,
      () => false,
    );
  const lock = `${socket}.lock`;
  for (let tries = 1; !locked(lock); tries++) {
    if (tries === TRIES) rmSync(lock, { recursive: true, force: true });
    await sleep(AGAIN_MS);
  }
  try {
    if (await answered(socket, tmp)) return false;
    await answerAt(server, socket, tmp);
    return true;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function locked(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== "EEXIST") throw thrown;
    return false;
  }
}

/** Whether somebody answers there. */
export async function answered(socket: string, tmp: string): Promise<boolean> {
  try {
    (await dial(socket, tmp)).on("error", () => {}).destroy();
    return true;
  } catch {
    return false;
  }
}

/** Whether a host was there that did not take its leave: its workers may still serve. */
export function leftBehind(socket: string): boolean {
  return isPipe(socket) || statSync(socket, { throwIfNoEntry: false }) !== undefined;
}

export function forget(socket: string): void {
  if (!isPipe(socket)) rmSync(socket, { force: true });
}
