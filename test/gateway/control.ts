/**
 * A control process that a test may kill at any moment: opens the gateway, applies plans one after the other for ever,
 * and tells of each that is live.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenOptions } from "../../src/gateway/open.ts";
import { openGateway } from "../../src/gateway/open.ts";
import type { TrafficPlan } from "../../src/rollout/traffic.ts";

export interface Told {
  readonly asked: Omit<OpenOptions, "log">;
  readonly plan: TrafficPlan;
  /** Between a plan that is live and the next one. */
  readonly pauseMs: number;
}

export interface Live {
  readonly pid: number;
  readonly port: number;
  readonly version: number;
}

process.once("message", (told: Told) => void control(told));

async function control({ asked, plan, pauseMs }: Told): Promise<void> {
  const gateway = await openGateway({ ...asked, log: () => {} });
  const from = ((await gateway.read())?.version ?? plan.version - 1) + 1;
  for (let version = from; ; version++) {
    await gateway.apply({ ...plan, version, canaryWeight: (version % 100) * 100 });
    process.send?.({ pid: gateway.pid, port: gateway.port, version } satisfies Live);
    await gateway.live();
    await sleep(pauseMs);
  }
}
