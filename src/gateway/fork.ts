/** How the gateway's processes are started: Node itself, on a file beside this one, with nothing it does not need. */
import { fork as forkProcess, type ChildProcess, type ForkOptions } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { WorkerProcess } from "./member.ts";
import type { FromWorker, ToWorker } from "./orders.ts";

/** The file of a process, compiled or not as this one is. */
export function processFile(name: "host" | "worker"): string {
  return fileURLToPath(new URL(`./processes/${name}${extname(import.meta.url)}`, import.meta.url));
}

/**
 * What of the environment a gateway is given: no secret of the control's has any business in a process that outlives
 * it.
 */
const passed =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|TZ|LANG|LC_\w+|NODE_OPTIONS|NODE_COMPILE_CACHE|SYSTEMROOT|WINDIR|USERPROFILE)$/i;

/**
 * `cache` is a folder for compiled code, private as the data directory is: a process that finds itself there starts in
 * half the time and takes a third less memory. Who has such a folder already keeps it.
 */
export function gatewayEnv(env: Readonly<Record<string, string | undefined>>, cache: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && passed.test(name));
  return { NODE_COMPILE_CACHE: cache, ...Object.fromEntries(kept) };
}

/** Options that every one of the processes is forked with. The title is what `ps` shows. */
export function forkOptions(title: string, output: number | "inherit"): ForkOptions {
  return {
    // Spelled out, because a child would inherit the flags of its parent, a test runner's for instance.
    // Of what is made for a request nothing lives long: a small nursery costs no time and saves 30 MB a process.
    execArgv: [`--title=${title}`, "--disable-warning=ExperimentalWarning", "--max-semi-space-size=4"],
    serialization: "advanced",
    stdio: ["ignore", output, output, "ipc"],
    windowsHide: true,
  };
}

/** Starts a worker for the gateway of a rollout. */
export function forkWorker(name: string): WorkerProcess {
  return new Forked(forkProcess(processFile("worker"), [], forkOptions(`serin worker ${name}`, "inherit")));
}

/** A child that may be dead at any moment: what is sent to it then is lost, and its end is told once. */
class Forked implements WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<string>();
  readonly loaded: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.once("error", (error) => this.#ended.resolve(error.message));
    child.once("close", (code, signal) => this.#ended.resolve(signal ?? `exit code ${code}`));
    const spoken = new Promise((resolve) => child.once("message", resolve));
    this.loaded = Promise.race([spoken, this.#ended.promise]);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(order: ToWorker, handle?: object): void {
    if (this.#child.connected) this.#child.send(order, handle as never, {}, () => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  onMessage(take: (message: FromWorker) => void): void {
    this.#child.on("message", (message) => take(message as FromWorker));
  }

  onEnd(ended: (how: string) => void): void {
    void this.#ended.promise.then(ended);
  }
}
