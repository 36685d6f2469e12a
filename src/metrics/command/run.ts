/** Running a program: no shell, an end, nothing of Serin's own environment but where programs are. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SerinError } from "../../errors.ts";
import { formatDuration } from "../../rollout/amounts.ts";

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Throws SOURCE_FAILED when the program could not be started or did not end in time. */
export type Run = (argv: readonly string[], options: RunOptions) => Promise<Ran>;

/** More than this of what a program says is not kept. */
const KEPT_BYTES = 65_536;

/** `path` is PATH: where programs are looked for. */
export function runner(path: string): Run {
  return async ([program, ...args], { env, timeoutMs, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    // a group of its own, so that what it starts ends with it
    const child = spawn(program, args, {
      env: { PATH: path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const end = () => killGroup(child.pid);
    const stop = AbortSignal.any([signal, timeout]);
    stop.addEventListener("abort", end, { once: true });
    const [stdout, stderr] = [kept(child.stdout), kept(child.stderr)];
    try {
      if (stop.aborted) end();
      const [code] = (await once(child, "close")) as [number | null];
      signal.throwIfAborted();
      if (timeout.aborted) throw failed(`${program} did not end within ${formatDuration(timeoutMs)}`);
      return { code, stdout: stdout(), stderr: stderr() };
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof SerinError) throw thrown;
      throw failed(`${program} could not be started (${(thrown as { code?: string }).code ?? String(thrown)})`);
    } finally {
      stop.removeEventListener("abort", end);
    }
  };
}

const failed = (message: string) => new SerinError("SOURCE_FAILED", message);

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

function kept(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < KEPT_BYTES) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, KEPT_BYTES).toString("utf8");
}
