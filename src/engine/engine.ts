/** Many rollouts, one tick at a time each. A rollout that fails is tried again, ever more slowly, and holds up nobody. */
import { asSerinError } from "../errors.ts";
import type { Clock } from "./ports.ts";
import { Questions } from "./questions.ts";
import { tick, type TickParts } from "./tick.ts";

export interface EngineParts extends TickParts {
  readonly names: () => Promise<readonly string[]>;
  /** Called when a rollout is gone from the store: its ends of the ports may be let go. */
  readonly gone: (name: string) => void;
  /** Told of every tick and how long it took, in seconds. */
  readonly ticked?: (name: string, seconds: number) => void;
}

export interface Engine {
  /** Takes up every rollout that is remembered. */
  start(): Promise<void>;
  /** Look at it now: something was asked, or may have changed. */
  wake(name: string): void;
  /** Lets ticks under way finish, and begins no more. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

export function createEngine(parts: EngineParts): Engine {
  const lanes = new Map<string, Lane>();
  const stop = new AbortController();
  const wake = (name: string) => {
    if (stop.signal.aborted) return;
    let lane = lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(name, parts, stop.signal, () => {
        lanes.delete(name);
        parts.gone(name);
      });
      lanes.set(name, lane);
    }
    lane.wake();
  };
  return {
    wake,
    start: async () => {
      for (const name of await parts.names()) wake(name);
    },
    close: async () => {
      stop.abort();
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
    },
  };
}

/** One rollout's ticks, one after the other. */
class Lane {
  readonly #name: string;
  readonly #parts: EngineParts;
  readonly #stop: AbortSignal;
  readonly #ended: () => void;
  readonly #clock: Clock;
  readonly #questions: Questions;
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #cancel: (() => void) | null = null;

  constructor(name: string, parts: EngineParts, stop: AbortSignal, ended: () => void) {
    this.#name = name;
    this.#parts = parts;
    this.#stop = stop;
    this.#ended = ended;
    this.#clock = parts.clock;
    this.#questions = new Questions(parts.clock, () => this.wake());
    stop.addEventListener("abort", () => this.#cancel?.());
  }

  wake(): void {
    if (this.#stop.aborted) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let next: number | null = null;
    while (this.#again && !this.#stop.aborted) {
      this.#cancel?.();
      this.#cancel = null;
      this.#again = false;
      next = await this.#tick();
      if (next !== null && next <= this.#clock.now()) this.#again = true;
    }
    this.#running = null;
    if (this.#stop.aborted) return;
    if (next === null) return this.#ended();
    this.#cancel = this.#clock.wakeAt(next, () => this.wake());
  }

  async #tick(): Promise<number | null> {
    const began = this.#clock.now();
    try {
      const next = await tick(this.#name, this.#parts, this.#stop, this.#questions);
      this.#failures = 0;
      this.#parts.ticked?.(this.#name, (this.#clock.now() - began) / 1000);
      return next;
    } catch (thrown) {
      const { code, message } = asSerinError(thrown);
      this.#parts.log("error", `a tick failed: ${message}`, { rollout: this.#name, code });
      this.#failures += 1;
      return this.#clock.now() + Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    }
  }
}
