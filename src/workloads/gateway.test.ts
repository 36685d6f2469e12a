import { expect, test } from "vitest";
import { workloadContract, type OpenWorkload } from "../../test/contract/workload.ts";
import { GatewayStage, until } from "../../test/gateway/stage.ts";
import { networkProbe } from "../gateway/health.ts";
import type { ArmPlan } from "../rollout/traffic.ts";
import { gatewayWorkload } from "./index.ts";

type ArmName = "stable" | "canary";

/**
 * `held`: the gateway watches the canary already. Otherwise it is about to be released, and nobody has asked it yet.
 * `check`: the arms have a health check; otherwise they are well when they take connections.
 */
async function open({ held, check }: { held: boolean; check: boolean }): Promise<OpenWorkload> {
  const stage = await GatewayStage.begin();
  const gateway = await stage.open();
  const arms: Record<ArmName | "previous", ArmPlan | null> = {
    stable: stage.arm("stable", check),
    canary: stage.arm("canary", check),
    previous: null,
  };
  const plan = stage.plan(1, { stable: stage.arm("stable", check), canary: held ? stage.arm("canary", check) : null });
  await gateway.apply({ ...plan, canaryWeight: held ? 1 : 0 });
  const workload = gatewayWorkload({ gateway, armOf: (arm) => Promise.resolve(arms[arm]), probe: networkProbe });
  const become = async (arm: ArmName, state: "well" | "unwell") => {
    const well = state === "well";
    if (check) stage[arm].well = well;
    else if (well) await stage[arm].up();
    else await stage[arm].down();
    if (check) await until(`${arm} to be found ${state}`, async () => (await workload.ready(arm)).ready === well);
  };
  return {
    workload,
    become,
    withoutCanary: () => Promise.resolve(void (arms.canary = null)),
    close: () => stage.close(),
  };
}

workloadContract("the embedded gateway before a release", { open: () => open({ held: false, check: true }) });
workloadContract("the embedded gateway during a release", { open: () => open({ held: true, check: true }) });
workloadContract("the embedded gateway without health checks", { open: () => open({ held: true, check: false }) });

test("one backend that is well is enough; when none is, all of them are named", async () => {
  const stage = await GatewayStage.begin();
  try {
    const gateway = await stage.open();
    const dead = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
    let backends = [...dead, stage.canary.url];
    const armOf = () => Promise.resolve({ revision: "v2", backends });
    const workload = gatewayWorkload({ gateway, armOf, probe: networkProbe });
    expect(await workload.ready("canary")).toEqual({ ready: true });
    backends = dead;
    expect(await workload.ready("canary")).toEqual({
      ready: false,
      reason: "none of the canary's 2 backends can take connections: 127.0.0.1:1, 127.0.0.1:2",
    });
  } finally {
    await stage.close();
  }
});

test("a gateway that is away keeps nobody from asking the backends", async () => {
  const stage = await GatewayStage.begin();
  try {
    const gateway = { health: () => Promise.reject(new Error("away")) };
    const armOf = () => Promise.resolve(stage.arm("canary", true));
    const workload = gatewayWorkload({ gateway, armOf, probe: networkProbe });
    expect(await workload.ready("canary")).toEqual({ ready: true });
    stage.canary.well = false;
    expect((await workload.ready("canary")).reason).toMatch(/does not pass the check GET \/healthz$/);
  } finally {
    await stage.close();
  }
});
