/**
 * The log of a gateway's processes: a file that never grows beyond two megabytes. Host and workers have it as their
 * standard output and error, opened for appending, so that what a dying process prints lands there too.
 */
import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** When the file has grown to this, it is kept once as NAME.log.1 and begun anew. */
const MAX_BYTES = 1 << 20;

/** For a child's stdio. Made for the owner alone. */
export function openLog(path: string): number {
  return openSync(path, "a", 0o600);
}

export class Log {
  readonly #path: string;
  readonly #now: () => number;
  readonly #file: number;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#file = openLog(path);
  }

  /** Appends a line with its time. A full disk takes no line, and stops nobody. */
  readonly line = (text: string): void => {
    try {
      writeSync(this.#file, `${new Date(this.#now()).toISOString()} ${text}\n`);
    } catch {
      // nobody to tell
    }
  };

  /** Called now and then. The file is cut in place, since other processes hold it open, even when it has lost its name. */
  bound(): void {
    try {
      if (fstatSync(this.#file).size <= MAX_BYTES) return;
      this.#keep();
      ftruncateSync(this.#file);
    } catch {
      // nobody to tell
    }
  }

  #keep(): void {
    try {
      copyFileSync(this.#path, `${this.#path}.1`);
    } catch {
      // without a name there is nothing to keep it by
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
