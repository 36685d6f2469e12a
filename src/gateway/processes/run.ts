/** The world that `../host.ts` runs in. Whoever launched the process is told how its start went. */
import { flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { asSerinError, type SerinError } from "../../errors.ts";
import { bind } from "../bind.ts";
import { Caretaker } from "../caretaker.ts";
import { failedOf } from "../control.ts";
import { Crew } from "../crew.ts";
import { answered, endpointOf, leftBehind } from "../endpoint.ts";
import { forkWorker } from "../fork.ts";
import { Host } from "../host.ts";
import type { Boot, Booted } from "../launch.ts";
import { Log } from "../log.ts";
import type { WorkerProcess } from "../member.ts";
import { ControlServer } from "../server.ts";
import { Tally } from "../tally.ts";

const HOUSEKEEPING_MS = 1000;
/** Workers whose host died look for a new one ten times a second, and then make room. */
const ORPHANS_MS = 3000;
const AGAIN_MS = 5;

const now = () => Date.now();

/** Serves until somebody stops it. `first` is a worker process that was started ahead of time. */
export async function runHost(boot: Boot, first: WorkerProcess): Promise<void> {
  const { socket } = endpointOf(boot.data, boot.name, process.platform);
  if (await answered(socket, tmpdir())) return yieldTo(first);
  const orphaned = leftBehind(socket);
  const parts = assemble(boot, first);
  try {
    if (boot.plan !== null) parts.host.want(boot.plan);
    // The orphans let go of the port when they find this host: then the next worker is to be ready.
    if (orphaned) await first.loaded;
    if (!(await parts.server.listen())) return yieldTo(first);
    await open(parts.host, boot, orphaned);
  } catch (thrown) {
    return fail(parts, asSerinError(thrown));
  }
  attend(parts);
  await tell({ say: "ready" });
  flushCompileCache();
}

interface Parts {
  readonly log: Log;
  readonly tally: Tally;
  readonly host: Host;
  readonly server: ControlServer;
  readonly first: WorkerProcess;
}

function assemble({ name, data, version }: Boot, first: WorkerProcess): Parts {
  const { socket, log: path } = endpointOf(data, name, process.platform);
  const log = new Log(path, now);
  const tally = new Tally(now());
  const ready = [first];
  const fork = () => ready.pop() ?? forkWorker(name);
  // Without a word to those connected: they start another host, and hear what keeps it from serving.
  const giveUp = (why: string) => {
    log.line(`nobody can be served any more: ${why}`);
    setTimeout(() => process.exit(1), HOUSEKEEPING_MS);
  };
  const crew = new Crew({ fork, bind, endpoint: socket, tally, now, log: log.line, giveUp });
  const host = new Host({ name, version, pid: process.pid, crew, tally, now, log: log.line });
  const stopped = () => void retire(server);
  const server = new ControlServer({ socket, tmp: tmpdir(), answer: (line) => host.answer(line), stopped });
  return { log, tally, host, server, first };
}

/** Where a host died, its workers hold the port until they have found this one. */
async function open(host: Host, { options }: Boot, orphaned: boolean): Promise<void> {
  for (const since = now(); ; await sleep(AGAIN_MS)) {
    try {
      return await host.open(options);
    } catch (thrown) {
      const again = orphaned && asSerinError(thrown).code === "ADDRESS_IN_USE" && now() - since < ORPHANS_MS;
      if (!again) throw thrown;
    }
  }
}

function attend({ host, server, log, tally }: Parts): void {
  const end = () => void host.stop().then(() => retire(server));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, end);
  const caretaker = new Caretaker({ server, log, now, trafficAt: () => tally.trafficAt, end });
  setInterval(() => void caretaker.look(), HOUSEKEEPING_MS);
}

async function fail({ log, first, server }: Parts, error: SerinError): Promise<void> {
  log.line(`cannot serve: ${error.message}`);
  first.kill();
  await server.close();
  await leave({ say: "failed", error: failedOf(error) });
}

/** Another host was faster. */
async function yieldTo(first: WorkerProcess): Promise<void> {
  first.kill();
  await leave({ say: "taken" });
}

async function retire(server: ControlServer): Promise<void> {
  await server.close();
  process.exit();
}

async function leave(booted: Booted): Promise<void> {
  await tell(booted);
  process.exit(booted.say === "failed" ? 1 : 0);
}

function tell(booted: Booted): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(booted, undefined, {}, () => resolve());
    else resolve();
  });
}
