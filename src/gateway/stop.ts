/** Ending a gateway for good, whether or not anything else of Serin runs. */
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { SerinError } from "../errors.ts";
import type { GatewayPlace } from "./open.ts";
import { Connection } from "./connection.ts";
import { answerAt, endpointOf, forget, leftBehind, reach } from "./endpoint.ts";

/** Longer than any drain that somebody would wait for. */
const PATIENCE_MS = 600_000;
/** Workers whose host died look for another one ten times a second. */
const ORPHANS_MS = 500;

/** Lets requests under way end; resolves when the port is free. */
export async function stopGateway({ dir, name, tmp }: GatewayPlace): Promise<"stopped" | "notRunning"> {
  const { socket } = endpointOf(dir, name, process.platform);
  const host = await reach(socket, tmp, name);
  if (host === null) return leftBehind(socket) ? endOrphans(socket, tmp) : "notRunning";
  const connection = new Connection(host);
  try {
    await connection.ask("stop", {}, PATIENCE_MS);
    await connection.closed;
    return "stopped";
  } catch (thrown) {
    // It may have been about to end anyway.
    if ((await reach(socket, tmp, name)) === null) return "stopped";
    throw thrown;
  } finally {
    connection.end();
  }
}

/**
 * A host died and its workers may serve on: they end as soon as somebody answers in its place, and stay connected until
 * they have.
 */
async function endOrphans(socket: string, tmp: string): Promise<"stopped" | "notRunning"> {
  const orphans = new Set<Promise<void>>();
  const server = createServer((orphan: Socket) => {
    orphan.on("error", () => orphan.destroy());
    orphan.resume();
    orphans.add(new Promise((resolve) => orphan.once("close", () => resolve())));
  });
  await answerAt(server, socket, tmp);
  try {
    await sleep(ORPHANS_MS);
    await inTime(Promise.all(orphans));
    return orphans.size > 0 ? "stopped" : "notRunning";
  } finally {
    server.close();
    forget(socket);
  }
}

async function inTime(ending: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: timer.signal }).then(() => {
    throw new SerinError("GATEWAY_UNREACHABLE", "workers of a gateway whose host died do not end");
  });
  late.catch(() => {});
  try {
    await Promise.race([ending, late]);
  } finally {
    timer.abort();
  }
}
