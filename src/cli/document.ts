/** Documents as files: read with a bound, parsed by the one parser, which is loaded only where a document is. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { SerinError } from "../errors.ts";
import type * as Documents from "../document/index.ts";
import type { Read } from "../document/index.ts";
import type { Shell } from "./shell.ts";

export type { Read } from "../document/index.ts";

export const documents = (): Promise<typeof Documents> => import("../document/index.ts");

/** More than any document may have: the parser says so, and a mistaken disk image is not read to its end. */
const ENOUGH = 4 * 1_048_576;

/** A file's bytes; "-" is the standard input. Throws FILE_NOT_FOUND. */
export async function readFileOf(file: string, shell: Pick<Shell, "cwd" | "readInput">): Promise<Uint8Array> {
  if (file === "-") return shell.readInput();
  try {
    await using handle = await open(resolve(shell.cwd, file), "r");
    const buffer = Buffer.alloc(ENOUGH);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, ENOUGH - length);
      length += bytesRead;
      if (bytesRead === 0 || length === ENOUGH) return buffer.subarray(0, length);
    }
  } catch (cause) {
    throw new SerinError("FILE_NOT_FOUND", `${file} ${unreadable(cause)}`, { cause });
  }
}

function unreadable(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return "does not exist";
  if (code === "EISDIR") return "is a directory";
  return code === "EACCES" || code === "EPERM" ? "may not be read" : "cannot be read";
}

/** Throws FILE_NOT_FOUND, DOCUMENT_UNREADABLE, DOCUMENT_INVALID with its problems. */
export async function readRollout(file: string, shell: Pick<Shell, "cwd" | "readInput">): Promise<Read> {
  const [bytes, { readDocument }] = await Promise.all([readFileOf(file, shell), documents()]);
  return readDocument(bytes, nameOf(file));
}

/** All of them before anything is done with one. */
export async function readAll(
  files: readonly string[],
  shell: Pick<Shell, "cwd" | "readInput">,
): Promise<readonly { readonly file: string; readonly read: Read }[]> {
  const all = [];
  for (const file of files) all.push({ file, read: await readRollout(file, shell) });
  return all;
}

/** What messages call it. */
export const nameOf = (file: string) => (file === "-" ? "(standard input)" : file);
