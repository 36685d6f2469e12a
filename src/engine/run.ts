/** Running a program: no shell, an end, nothing of Serin's own environment but where programs are. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { SerinError } from "../errors.ts";

export interface Ran {
  /** Null when a signal ended it, or its time did. */
  readonly code: number | null;
  /** That signal, SIGSEGV for example. */
  readonly signal: string | null;
  /** Its time was over before it had ended. */
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  /** What it can read; nothing unless said. */
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Throws SOURCE_FAILED when the program could not be started, and why it was stopped when the signal stops it. */
export type Run = (argv: readonly string[], options: RunOptions) => Promise<Ran>;

/** More than this of what a program says is not kept. */
const KEPT_BYTES = 65_536;

/** `path` is PATH: where programs are looked for. */
export function runner(path: string): Run {
  return async ([program, ...args], { env, stdin = "", timeoutMs, signal }) => {
    signal.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    // a group of its own, so that what it starts ends with it
    const child = spawn(program, args, { env: { PATH: path, ...env }, stdio: "pipe", detached: true });
    const end = () => endAll(child);
    const stop = AbortSignal.any([signal, timeout]);
    stop.addEventListener("abort", end, { once: true });
    child.once("exit", () => endGroup(child.pid));
    const [stdout, stderr] = [kept(child.stdout), kept(child.stderr)];
    write(child, stdin);
    try {
      const [code, by] = (await once(child, "close")) as [number | null, string | null];
      signal.throwIfAborted();
      return { code, signal: by, late: code === null && timeout.aborted, stdout: stdout(), stderr: stderr() };
    } catch (thrown) {
      signal.throwIfAborted();
      throw notStarted(program, thrown);
    } finally {
      stop.removeEventListener("abort", end);
    }
  };
}

function notStarted(program: string, thrown: unknown): SerinError {
  const why = (thrown as { code?: string }).code ?? String(thrown);
  return new SerinError("SOURCE_FAILED", `${program} could not be started (${why})`);
}

/** Whoever left the group and still holds the pipes is not waited for. */
function endAll({ pid, stdout, stderr }: ChildProcessWithoutNullStreams): void {
  endGroup(pid);
  stdout.destroy();
  stderr.destroy();
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

/** A program need not read what it is given. */
function write({ stdin }: ChildProcessWithoutNullStreams, text: string): void {
  stdin.on("error", () => {});
  stdin.end(text);
}

/** The end of what is said, where mistakes are told: no more than is kept. */
function kept(stream: NodeJS.ReadableStream): () => string {
  let end = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    end = Buffer.concat([end, chunk]).subarray(-KEPT_BYTES);
  });
  return () => end.toString("utf8");
}
