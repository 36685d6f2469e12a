/** A thread of the crew: plays one lot of seeds after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { Lot } from "./crew.ts";
import { trials, type Order } from "./simulate.ts";

const port = parentPort;
if (port === null) throw new Error("crew-worker is a thread of crew.ts");
port.on("message", ({ from, count }: Lot) => port.postMessage(trials(workerData as Order, from, count)));
