/** Starting a host that outlives whoever starts it. */
import { fork as forkProcess, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { dirname, join } from "node:path";
import { asSerinError, SerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { readError, type Failed } from "./control.ts";
import { endpointOf, ensureFolder } from "./endpoint.ts";
import { forkOptions, gatewayEnv, processFile } from "./fork.ts";
import { openLog } from "./log.ts";
import type { GatewayOptions } from "./options.ts";

/** What a host is told when it starts: by message, for arguments can be read by everybody on the machine. */
export interface Boot {
  readonly name: string;
  readonly data: string;
  /** Of Serin. */
  readonly version: string;
  readonly options: GatewayOptions;
  /** What to route by from the first request on; null: nobody is served before a plan is applied. */
  readonly plan: TrafficPlan | null;
}

/** How that went. `taken`: another host of the rollout was faster. */
export type Booted =
  | { readonly say: "ready" }
  | { readonly say: "taken" }
  | { readonly say: "failed"; readonly error: Failed };

/** A host that is not ready by then never will be. */
const BOOT_MS = 20_000;

/** Resolves when the host serves, or another one turned out to. Throws what kept it from serving, e.g. ADDRESS_IN_USE. */
export async function launch(boot: Boot, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { log } = endpointOf(boot.data, boot.name, process.platform);
  const child = start(boot, env);
  try {
    child.send(boot, undefined, {}, () => {});
    const booted = await outcome(child, log);
    if (booted.say === "failed") throw readError(booted.error);
  } catch (thrown) {
    child.kill("SIGKILL");
    throw thrown;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function start({ data, name }: Boot, env: Readonly<Record<string, string | undefined>>): ChildProcess {
  try {
    const endpoint = endpointOf(data, name, process.platform);
    ensureFolder(endpoint);
    const output = openLog(endpoint.log);
    const cwd = dirname(endpoint.log);
    const options = { ...forkOptions(`serin gateway ${name}`, output), env: gatewayEnv(env, join(cwd, "cache")) };
    const child = forkProcess(processFile("host"), [name], { ...options, detached: true, cwd });
    closeSync(output);
    return child;
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    const cause = `the gateway of ${name} cannot be started: ${message}`;
    throw new SerinError("GATEWAY_UNREACHABLE", cause, { cause: thrown });
  }
}

function outcome(child: ChildProcess, log: string): Promise<Booted> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new SerinError("GATEWAY_UNREACHABLE", `the gateway's process ${what}; see ${log}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${BOOT_MS / 1000} s`), BOOT_MS);
    child.once("message", (message) => {
      clearTimeout(timer);
      resolve(message as Booted);
    });
    child.once("error", (error) => fail(`cannot be started: ${error.message}`));
    child.once("exit", (code, signal) => fail(`ended as it began (${signal ?? `exit code ${code}`})`));
  });
}
