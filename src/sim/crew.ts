/** Worker threads that share the trials of one order. Seeds decide every trial, so who plays which changes nothing. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { SerinError } from "../errors.ts";
import { trials, type Order } from "./simulate.ts";
import type { Trial } from "./trial.ts";

/** A lot of seeds for one worker; small enough that all end at about the same time. */
export interface Lot {
  readonly from: number;
  readonly count: number;
}

const LOT = 25;
/** Fewer trials than this are played here: a thread takes a third of a second to begin. */
const FEW = 50;

export interface CrewOptions {
  /** Threads at most; as many as the machine has cores unless said. */
  readonly threads?: number;
  /** Told how many trials are done. */
  readonly progress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Plays the seeds 1 to `count`, in order of their seeds. Rejects with the signal's reason when it aborts. */
export async function playAll(order: Order, count: number, options: CrewOptions = {}): Promise<readonly Trial[]> {
  const lots = Array.from({ length: Math.ceil(count / LOT) }, (_, i): Lot => {
    const from = 1 + i * LOT;
    return { from, count: Math.min(LOT, count - i * LOT) };
  });
  const threads = Math.min(options.threads ?? availableParallelism(), lots.length);
  const done: Trial[][] = [];
  let played = 0;
  const take = (lot: Lot, result: Trial[]) => {
    done[(lot.from - 1) / LOT] = result;
    played += lot.count;
    options.progress?.(played);
  };
  if (threads <= 1 || count < FEW) await playHere(order, lots, take, options.signal);
  else await Promise.all(Array.from({ length: threads }, () => playThere(order, lots, take, options.signal)));
  return done.flat();
}

type Take = (lot: Lot, result: Trial[]) => void;

/** Lets others have their turn between lots. */
async function playHere(order: Order, lots: Lot[], take: Take, signal?: AbortSignal): Promise<void> {
  for (let lot = lots.shift(); lot !== undefined; lot = lots.shift()) {
    signal?.throwIfAborted();
    take(lot, trials(order, lot.from, lot.count));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** One thread that asks for the next lot whenever it has finished one. */
async function playThere(order: Order, lots: Lot[], take: Take, signal?: AbortSignal): Promise<void> {
  const worker = new Worker(new URL(`crew-worker${extension}`, import.meta.url), { workerData: order });
  const stop = () => void worker.terminate();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (let lot = lots.shift(); lot !== undefined; lot = lots.shift()) {
      signal?.throwIfAborted();
      worker.postMessage(lot, []);
      take(lot, await answerOf(worker, signal));
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function answerOf(worker: Worker, signal?: AbortSignal): Promise<Trial[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Trial[]>();
  const failed = (cause: Error) =>
    reject(new SerinError("INTERNAL", `a simulation failed: ${cause.message}`, { cause }));
  const ended = () => reject((signal?.reason as Error | undefined) ?? new SerinError("INTERNAL", "a simulation ended"));
  worker.once("message", resolve).once("error", failed).once("exit", ended);
  return promise.finally(() => worker.off("message", resolve).off("error", failed).off("exit", ended));
}

/** As this file is: a source in a clone, compiled in a package. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
