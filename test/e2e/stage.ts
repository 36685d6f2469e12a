/**
 * What the end-to-end tests stand on: real services, the real program in its own process, a real receiver of messages.
 * Everything started here is ended by `close()`, gateways included: they outlive who started them.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stopGateway } from "../../src/gateway/stop.ts";

const service = fileURLToPath(new URL("../../examples/demo/service.ts", import.meta.url));
const program = fileURLToPath(new URL("../../bin/serin.cjs", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A message that the webhook receiver got. */
export interface Received {
  readonly seq: number;
  readonly type: string;
}

export class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), "serin-e2e-"));
  readonly #children = new Set<ChildProcess>();
  readonly #closers: (() => Promise<unknown>)[] = [];

  /** One revision of the demo's shop; its URL. */
  async shop(revision: string, failureRate: number, medianMs: number): Promise<string> {
    const child = fork(service, ["0", revision, String(failureRate), String(medianMs)], { stdio: "inherit" });
    this.#children.add(child);
    const { listening } = await new Promise<{ listening: number }>((resolve) =>
      child.once("message", (m) => resolve(m as { listening: number })),
    );
    return `http://127.0.0.1:${listening}`;
  }

  /** A webhook that answers 200 and keeps what it was sent. */
  async receiver(): Promise<{ url: string; received: Received[] }> {
    const received: Received[] = [];
    const server = createHttp((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        received.push(JSON.parse(body) as Received);
        response.end();
      });
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    this.#closers.push(() => new Promise((resolve) => server.close(resolve)));
    return { url: `http://127.0.0.1:${port}`, received };
  }

  write(name: string, text: string): string {
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(join(this.dir, name), text);
    return join(this.dir, name);
  }

  get data(): string {
    return join(this.dir, "data");
  }

  /** Starts the program and leaves it running. */
  start(...args: string[]): ChildProcess {
    return this.startWith({}, ...args);
  }

  /** The same with more in its environment. */
  startWith(env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...args, "--data", this.data], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  /** Runs the program to its end. */
  async run(...args: string[]): Promise<Finished> {
    return finished(this.start(...args));
  }

  /** Rollouts that have had a gateway here: each has left its log. */
  #gateways(): string[] {
    const folder = join(this.data, "gateway");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.filter((file) => file.endsWith(".log")).map((file) => basename(file, ".log"));
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const name of this.#gateways()) await stopGateway({ dir: this.data, name, tmp: tmpdir() });
    for (const closer of this.#closers) await closer();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function until(what: string, ready: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await ready())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}
