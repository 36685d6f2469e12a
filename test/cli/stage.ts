/**
 * The whole program on one stage: the real command line, API, engine and store in this process, in the invented world of
 * the simulations, whose clock runs some hundred times as fast as ours.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Modes, Running } from "../../src/cli/index.ts";
import { documentSchema, parseKept, readDocument } from "../../src/document/index.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { createServer } from "../../src/http/server.ts";
import { initialStatus } from "../../src/rollout/initial.ts";
import { VirtualClock } from "../../src/sim/clock.ts";
import type { Truth } from "../../src/sim/traffic.ts";
import { World, type Trouble } from "../../src/sim/world.ts";
import { openStore, type OpenStore } from "../../src/stores/index.ts";
import { begin, type Around, type Finished, type Started } from "./shell.ts";

const START = Date.UTC(2026, 0, 1);
/** So much time passes in one turn of the pump. */
const TURN_MS = 250;

export class Stage implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), "serin-cli-"));
  readonly clock = new VirtualClock(START);
  readonly world: World;
  readonly modes: Modes;
  /** Gateways that were ended. */
  readonly stopped: string[] = [];
  /** How many servers run now. */
  serving = 0;
  #store: OpenStore | null = null;
  #down: ((thrown: Error) => void) | null = null;
  #on = true;
  readonly #pump: Promise<void>;

  constructor(truth: Truth, trouble: Trouble = {}) {
    this.world = new World(this.clock, truth, 1, trouble);
    this.modes = {
      serve: (options) => this.#serve(options.listen, options.log),
      stopGateway: async ({ name }) => this.#stop(name),
    };
    this.#pump = this.#run();
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.dir, name), text);
    return name;
  }

  begin(argv: readonly string[], around: Around = {}): Started {
    const shell: Around = {
      cwd: this.dir,
      now: () => this.clock.now(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
      ...around,
    };
    return begin(argv, shell, this.modes);
  }

  run(argv: readonly string[], around: Around = {}): Promise<Finished> {
    return this.begin(argv, around).finished;
  }

  /** Something inside the server breaks for good. */
  breakDown(thrown: Error): void {
    this.#down?.(thrown);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#on = false;
    await this.#pump;
    await this.#store?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #stop(name: string): "stopped" | "notRunning" {
    this.stopped.push(name);
    return this.world.plans.length > 0 ? "stopped" : "notRunning";
  }

  async #run(): Promise<void> {
    while (this.#on) {
      await this.clock.pass(this.clock.now() + TURN_MS);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const cancel = this.clock.wakeAt(this.clock.now() + ms, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }

  async #serve(listen: string, log: (line: string) => void): Promise<Running> {
    this.#store ??= await openStore({ memory: {}, parse: parseKept });
    const store = this.#store;
    const engine = createEngine({
      store,
      clock: this.clock,
      portsOf: () => this.world,
      names: () => store.names(),
      gone: () => {},
      log: (_level, message) => log(message),
    });
    const api = createServer({
      records: store,
      engine,
      parse: (text) => readDocument(text, "body"),
      specOf: parseKept,
      initial: (name, spec) => initialStatus(spec, this.clock.now(), name),
      live: () => null,
      schema: documentSchema,
      version: "0.0.0-test",
      now: () => this.clock.now(),
      tokens: null,
      log: () => {},
    });
    const url = await api.listen(listen);
    await engine.start();
    this.serving += 1;
    const failed = new Promise<never>((_resolve, reject) => {
      this.#down = reject;
    });
    return {
      url,
      token: null,
      failed,
      close: async () => {
        await engine.close();
        await api.close();
        this.serving -= 1;
      },
    };
  }
}

/** A document of a shop; `spec` is added as it is. */
export const shop = (spec = "") => `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata:
  name: shop
spec:
  stable:
    revision: v1
    backends: [http://127.0.0.1:9001]
  canary:
    revision: v2
    backends: [http://127.0.0.1:9002]
  strategy:
    canary: { weights: [20, 50], stage: 2m, atLeast: 5s }
${spec}`;
