/** The shell of this process: what `src/main.ts` hands to `runCli`. */
import { userInfo } from "node:os";
import type { Shell, Sink } from "./shell.ts";

/** More than any document may have, so that reading it can end early and its refusal still says "too large". */
const LARGEST_INPUT = 16 * 1_048_576;

export function systemShell(): Shell {
  return {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    user: userName(),
    fetch: (...request) => fetch(...request),
    now: () => Date.now(),
    sleep,
    readInput: () => readAll(process.stdin),
    alive,
    onInterrupt,
  };
}

function sink(stream: NodeJS.WriteStream): Sink {
  const gone = new AbortController();
  // EPIPE, EIO of a terminal that was closed, ENOSPC of a file: nothing that is written from now on arrives.
  stream.on("error", () => gone.abort());
  return {
    write: (text) => {
      if (!gone.signal.aborted) stream.write(text);
    },
    isTTY: (stream as { isTTY?: boolean }).isTTY ?? false, // not there where it is a pipe
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    gone: gone.signal,
    flush: () =>
      new Promise((resolve) => {
        if (gone.signal.aborted) return resolve();
        gone.signal.addEventListener("abort", () => resolve(), { once: true });
        stream.write("", () => resolve());
      }),
    stream,
  };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] || `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

async function readAll(stream: NodeJS.ReadStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LARGEST_INPUT) break;
  }
  return Buffer.concat(chunks);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first interrupt is a wish, of which `callback` makes what it can; the second one ends the process at once. */
function onInterrupt(callback: () => void): () => void {
  let times = 0;
  const heard = () => {
    times += 1;
    // eslint-disable-next-line unicorn/no-process-exit -- "at once" is what it means
    if (times > 1) process.exit(130);
    callback();
  };
  for (const signal of signals) process.on(signal, heard);
  return () => {
    for (const signal of signals) process.off(signal, heard);
  };
}
