/**
 * Readiness behind the embedded gateway: an arm can take traffic when at least one of its backends passes its check. The
 * gateway says so of the backends that it watches; others are asked from here, so that a canary is known to be well
 * before anybody is sent to it.
 */
import type { Workload } from "../engine/ports.ts";
import type { Probe } from "../gateway/health.ts";
import type { GatewayClient, GatewayHealth } from "../gateway/open.ts";
import { Backends } from "../gateway/table.ts";
import type { ArmPlan, HealthCheck } from "../rollout/traffic.ts";

type Arm = Parameters<Workload["ready"]>[0];

export interface GatewayWorkloadDeps {
  readonly gateway: Pick<GatewayClient, "health">;
  /** What the arm is to be at this moment; null when there is none. */
  readonly armOf: (arm: Arm) => Promise<ArmPlan | null>;
  /** `networkProbe` of `gateway/health.ts`. */
  readonly probe: Probe;
}

interface Asked {
  readonly key: string;
  readonly well: boolean;
}

export function gatewayWorkload({ gateway, armOf, probe }: GatewayWorkloadDeps): Workload {
  return {
    async ready(arm) {
      const wanted = await armOf(arm);
      if (wanted === null) return { ready: false, reason: `there is no ${arm}` };
      const known = await knownBy(gateway);
      const ask = async (url: string): Promise<Asked> => {
        const backend = new Backends().at(url);
        const well = known.get(backend.key) ?? (await probe(backend, wanted.health ?? null));
        return { key: backend.key, well };
      };
      const asked = await Promise.all(wanted.backends.map(ask));
      if (asked.some(({ well }) => well)) return { ready: true };
      return { ready: false, reason: reasonOf(arm, asked, wanted.health) };
    },
  };
}

/** The backends that the gateway has asked, and whether they were well. A gateway that is away knows of none. */
async function knownBy(gateway: Pick<GatewayClient, "health">): Promise<ReadonlyMap<string, boolean>> {
  const { backends } = await gateway.health().catch((): Pick<GatewayHealth, "backends"> => ({ backends: [] }));
  return new Map(backends.filter(({ up, checked }) => checked || !up).map(({ key, up }) => [key, up]));
}

/** "the canary's backend 127.0.0.1:9002 does not pass its check, GET /healthz" */
function reasonOf(arm: Arm, asked: readonly Asked[], check: HealthCheck | undefined): string {
  const keys = asked.map(({ key }) => key);
  const what = check === undefined ? "take connections" : `pass the check GET ${check.path}`;
  if (keys.length === 1) return `the ${arm}'s backend ${keys[0]} does not ${what}`;
  const shown = keys.length > 3 ? `${keys.slice(0, 3).join(", ")} and ${keys.length - 3} more` : keys.join(", ");
  return `none of the ${arm}'s ${keys.length} backends can ${what}: ${shown}`;
}
