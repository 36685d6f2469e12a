/** Who met whom on the stage: requests as the invented traffic has them, people by a rule of thumb. */
import type { Live } from "../../src/http/wire.ts";
import type { Status } from "../../src/rollout/status.ts";
import { FULL_WEIGHT } from "../../src/rollout/weight.ts";
import type { World } from "../../src/sim/world.ts";

/** How often somebody comes by. */
const VISITS = 5;
const SHARE_MS = 10_000;

interface Arm {
  requests: number;
  failures: number;
  units: number;
  unitsFailed: number;
}

const nobody = (): Arm => ({ requests: 0, failures: 0, units: 0, unitsFailed: 0 });

export class Ledger {
  readonly #people: number;
  #release = -1;
  #to = 0;
  #arms = { stable: nobody(), canary: nobody() };
  #share: number | null = null;

  constructor(people: number) {
    this.#people = people;
  }

  async read(world: World, status: Status | undefined, now: number): Promise<Live | null> {
    if (status === undefined || status.release === 0) return null;
    if (status.release !== this.#release) {
      this.#release = status.release;
      this.#to = status.startedAt;
      this.#arms = { stable: nobody(), canary: nobody() };
    }
    await this.#count(world, status, now);
    const arm = ({ requests, failures, units, unitsFailed }: Arm) => ({
      requests,
      failures,
      units: Math.round(units),
      unitsFailed: Math.round(unitsFailed),
    });
    return {
      at: now,
      plan: status.plan.version,
      windowMs: SHARE_MS,
      share: this.#share,
      stable: arm(this.#arms.stable),
      canary: arm(this.#arms.canary),
    };
  }

  async #count(world: World, { endedAt, plan }: Status, now: number): Promise<void> {
    const to = Math.floor(Math.min(now, endedAt ?? now) / 1000) * 1000;
    if (to <= this.#to) return;
    const query = { ask: "counts", failures: [], count: "requests", traffic: "live" } as const;
    const measured = await world.source().measure(query, { from: this.#to, to });
    this.#to = to;
    if (measured.kind !== "counts") return;
    const [stable, canary] = [nobody(), nobody()];
    const recent = { stable: 0, canary: 0 };
    for (const tick of measured.ticks) {
      for (const [arm, counts] of [
        [stable, tick.stable],
        [canary, tick.canary],
      ] as const) {
        arm.requests += counts.n;
        arm.failures += counts.bad;
      }
      if (tick.at < to - SHARE_MS) continue;
      recent.stable += tick.stable.n;
      recent.canary += tick.canary.n;
    }
    const weight = plan.canaryWeight / FULL_WEIGHT;
    this.#meet(this.#arms.stable, stable, this.#people * (1 - weight));
    this.#meet(this.#arms.canary, canary, this.#people * weight);
    const all = recent.stable + recent.canary;
    this.#share = all === 0 ? null : (recent.canary / all) * FULL_WEIGHT;
  }

  #meet(arm: Arm, more: Arm, crowd: number): void {
    arm.requests += more.requests;
    arm.failures += more.failures;
    const fresh = crowd <= 0 ? 0 : Math.max(0, crowd - arm.units) * (1 - Math.exp(-more.requests / (crowd * VISITS)));
    arm.units += Math.min(fresh, more.requests);
    arm.unitsFailed = Math.min(arm.units, arm.unitsFailed + more.failures * 0.9);
  }
}
