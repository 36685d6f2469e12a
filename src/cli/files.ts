/** Files that may be large: read whole, unpacked where they are gzipped. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { SerinError } from "../errors.ts";
import type { Shell } from "./shell.ts";

/** "-" is the standard input. Throws FILE_NOT_FOUND, DOCUMENT_UNREADABLE. */
export async function textOf(file: string, shell: Pick<Shell, "cwd" | "readInput">): Promise<string> {
  const bytes = file === "-" ? await shell.readInput() : await whole(resolve(shell.cwd, file), file);
  try {
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (cause) {
    throw new SerinError("DOCUMENT_UNREADABLE", `${file} is neither UTF-8 text nor gzip of it`, { cause });
  }
}

async function whole(path: string, shown: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "does not exist" : `cannot be read (${cause.code})`;
    throw new SerinError("FILE_NOT_FOUND", `${shown} ${why}`, { cause });
  });
}
