/** The thread of aside.ts: one plan, and out. */
import { parentPort, workerData } from "node:worker_threads";
import { asSerinError } from "../errors.ts";
import type { Said, Task } from "./aside.ts";
import { planOf } from "./plan/index.ts";

function said(): Said {
  const { spec, assumption } = workerData as Task;
  try {
    return { plan: planOf(spec, assumption) };
  } catch (thrown) {
    const { code, message } = asSerinError(thrown);
    return { error: { code, message } };
  }
}

parentPort?.postMessage(said(), []);
