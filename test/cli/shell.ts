/** A shell without a process: streams that remember, a clock that is handed in, interrupts on demand. */
import { PassThrough, type Writable } from "node:stream";
import { runCli, type Modes, type Shell } from "../../src/cli/index.ts";
import type { Sink } from "../../src/cli/shell.ts";

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly user?: string;
  readonly pid?: number;
  /** Width and height of a terminal; left out where the output is piped. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly now?: () => number;
  readonly sleep?: Shell["sleep"];
  readonly fetch?: typeof fetch;
}

/** A stream that remembers, and may be a terminal. */
export interface Recorded {
  readonly sink: Sink;
  readonly text: () => string;
  /** Nobody reads any more. */
  readonly hangUp: () => void;
  readonly resize: (columns: number, rows: number) => void;
}

export function recorded(terminal?: Around["terminal"]): Recorded {
  const gone = new AbortController();
  let text = "";
  let size = terminal;
  const stream = new PassThrough() as unknown as Writable & { columns?: number; rows?: number; isTTY: boolean };
  stream.isTTY = terminal !== undefined;
  Object.assign(stream, terminal);
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const sink: Sink = {
    write: (more) => {
      if (!gone.signal.aborted) stream.write(more);
    },
    isTTY: terminal !== undefined,
    get columns() {
      return size?.columns;
    },
    get rows() {
      return size?.rows;
    },
    gone: gone.signal,
    flush: () => new Promise((resolve) => setImmediate(resolve)),
    stream,
  };
  return {
    sink,
    text: () => text,
    hangUp: () => gone.abort(),
    resize: (columns, rows) => {
      size = { columns, rows };
      Object.assign(stream, size);
      stream.emit("resize");
    },
  };
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly out: Recorded;
  readonly err: Recorded;
  readonly interrupt: () => void;
  readonly finished: Promise<Finished>;
}

/** Sleeps in the time of this machine. */
export const really: Shell["sleep"] = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

export const noModes: Modes = {
  serve: () => Promise.reject(new Error("nothing serves here")),
  stopGateway: async () => "notRunning",
};

/** Starts one command line in this process. */
export function begin(argv: readonly string[], around: Around = {}, modes: Modes = noModes): Started {
  const [out, err] = [recorded(around.terminal), recorded(around.terminal)];
  const callbacks = new Set<() => void>();
  const shell: Shell = {
    stdout: out.sink,
    stderr: err.sink,
    env: around.env ?? {},
    cwd: around.cwd ?? "/nowhere",
    pid: around.pid ?? 4242,
    user: around.user ?? "anna",
    fetch: around.fetch ?? fetch,
    now: around.now ?? Date.now,
    sleep: around.sleep ?? really,
    readInput: async () => Buffer.from(around.input ?? ""),
    alive: (pid) => pid === 4242 || pid === 1,
    onInterrupt: (callback) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  };
  const finished = runCli(argv, shell, modes).then((code) => ({ code, out: out.text(), err: err.text() }));
  const interrupt = () => {
    for (const callback of callbacks) callback();
  };
  return { out, err, interrupt, finished };
}

/** Runs one command line to its end. */
export const run = (argv: readonly string[], around: Around = {}, modes: Modes = noModes): Promise<Finished> =>
  begin(argv, around, modes).finished;

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}
