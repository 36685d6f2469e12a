/** Planning beside the engine: long sums are done on a thread of their own, so that no decision waits for them. */
import { Worker } from "node:worker_threads";
import { SerinError, type ErrorCode } from "../errors.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Assumption } from "./assume.ts";
import type { Plan } from "./plan/index.ts";

/** What the thread is given, and what it says. */
export interface Task {
  readonly spec: Spec;
  readonly assumption: Assumption;
}
export type Said = { readonly plan: Plan } | { readonly error: { readonly code: ErrorCode; readonly message: string } };

/** A document whose sums take longer is planned on the command line. */
const PATIENCE_MS = 20_000;

/** As `planOf`. Throws what it throws, TIMEOUT when it takes too long. */
export async function planAside(spec: Spec, assumption: Assumption, patienceMs = PATIENCE_MS): Promise<Plan> {
  const task: Task = { spec, assumption };
  const worker = new Worker(new URL(`aside-worker${import.meta.url.slice(-3)}`, import.meta.url), { workerData: task });
  const { promise, resolve, reject } = Promise.withResolvers<Said>();
  const late = () => reject(new SerinError("TIMEOUT", "planning takes too long here; `serin plan` has no limit"));
  const timer = setTimeout(late, patienceMs);
  worker.once("message", resolve).once("error", reject);
  try {
    const said = await promise;
    if ("error" in said) throw new SerinError(said.error.code, said.error.message);
    return said.plan;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
