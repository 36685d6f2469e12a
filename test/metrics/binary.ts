/** Real servers of others, as Debian packages them: started on free loopback ports in a folder of their own. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const has = (program: string) => spawnSync("which", [program]).status === 0;

/**
 * Whether a test that needs the program is to be left out: it is not here, and this is nobody's CI, where it must be.
 * Says so once.
 */
export function isAbsent(program: string, debianPackage: string): boolean {
  if (has(program)) return false;
  if (process.env["CI"] === "true") return false;
  process.stderr.write(`left out: there is no ${program} here (apt-get install ${debianPackage})\n`);
  return true;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class Binary implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), "serin-source-"));
  #child: ChildProcess | null = null;
  #said = "";

  /** Resolves when `ready` does not throw any more; rejects with what the program said when it ends before. */
  async start(
    program: string,
    args: readonly string[],
    ready: () => Promise<unknown>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const child = spawn(program, args, {
      cwd: this.dir,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4000)));
    child.on("error", (thrown) => (this.#said += String(thrown)));
    await eventually(
      `${program} to be ready`,
      ready,
      () => child.exitCode === null,
      () => this.#said,
    );
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const PATIENCE_MS = 40_000;

/** Until `look` does not throw. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T> | T,
  goesOn: () => boolean = () => true,
  said: () => string = () => "",
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await look();
    } catch (thrown) {
      if (Date.now() > end || !goesOn())
        throw new Error(`waited for ${what}: ${String(thrown)}\n${said()}`, { cause: thrown });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
