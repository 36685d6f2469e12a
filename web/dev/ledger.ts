/** Who met whom on the stage: requests as the invented traffic has them, people by a rule of thumb. */
import type { Counts, Tick } from "../../src/analysis/measurement.ts";
import type { Live } from "../../src/http/wire.ts";
import type { Status } from "../../src/rollout/status.ts";
import { FULL_WEIGHT } from "../../src/rollout/weight.ts";
import type { World } from "../../src/sim/world.ts";
import { countSplit, logSplitEvidence, startSplit, type SplitEvidence } from "../../src/stats/sample-ratio.ts";

/** How often somebody comes by. */
const VISITS = 5;
/** How many sessions a person has. */
const SESSIONS = 1.07;
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
  #weight = 0;
  /** Of those who met stable, the ones that a growing share brings over. */
  #cameOver = 0;
  #share: number | null = null;
  #recent: Tick<Counts>[] = [];
  /** The world tosses for each request; its newcomers are held to be a part of them. */
  #split: SplitEvidence = startSplit;

  constructor(people: number) {
    this.#people = people;
  }

  async read(world: World, status: Status | undefined, now: number): Promise<Live | null> {
    if (status === undefined || status.release === 0) return null;
    if (status.release !== this.#release) {
      this.#release = status.release;
      this.#to = status.startedAt;
      this.#arms = { stable: nobody(), canary: nobody() };
      this.#weight = 0;
      this.#cameOver = 0;
      this.#split = startSplit;
    }
    await this.#count(world, status, now);
    const arm = ({ requests, failures, units, unitsFailed }: Arm) => ({
      requests,
      failures,
      units: Math.round(units),
      unitsFailed: Math.round(unitsFailed),
      sessions: Math.round(units * SESSIONS),
      forced: 0,
    });
    return {
      at: now,
      plan: status.plan.version,
      windowMs: SHARE_MS,
      share: this.#share,
      salt: status.salt,
      since: status.startedAt,
      exact: true,
      stable: arm(this.#arms.stable),
      canary: arm(this.#arms.canary),
      moves: { cameOver: Math.round(this.#cameOver), movedBack: 0, fellBack: 0, forced: 0, flipped: 0 },
      idle: { requests: 0, failures: 0 },
      draws: {
        newcomers: Math.round(this.#arms.stable.units + this.#arms.canary.units),
        log: logSplitEvidence(this.#split),
      },
    };
  }

  async #count(world: World, { endedAt }: Status, now: number): Promise<void> {
    const to = Math.floor(Math.min(now, endedAt ?? now) / 1000) * 1000;
    if (to <= this.#to) return;
    const query = { ask: "counts", failures: [], count: "requests", traffic: "live" } as const;
    const measured = await world.source().measure(query, { from: this.#to, to }, new AbortController().signal);
    this.#to = to;
    if (measured.kind !== "counts") return;
    for (const { at, stable, canary } of measured.ticks) {
      const weight = (world.planAt(at)?.canaryWeight ?? 0) / FULL_WEIGHT;
      const came = this.#weight === 0 ? 0 : Math.max(0, weight - this.#weight) / (1 - this.#weight);
      this.#cameOver += this.#arms.stable.units * came;
      this.#weight = Math.max(this.#weight, weight);
      this.#split = countSplit(this.#split, [stable.n, canary.n], [1 - weight, weight]);
      this.#meet(this.#arms.stable, stable, this.#people * (1 - weight));
      this.#meet(this.#arms.canary, canary, this.#people * weight);
    }
    this.#recent = [...this.#recent, ...measured.ticks].filter(({ at }) => at >= to - SHARE_MS);
    const recent = this.#recent;
    const all = recent.reduce((n, { stable, canary }) => n + stable.n + canary.n, 0);
    const met = recent.reduce((n, { canary }) => n + canary.n, 0);
    this.#share = all === 0 ? null : (met / all) * FULL_WEIGHT;
  }

  #meet(arm: Arm, { n, bad }: Counts, crowd: number): void {
    arm.requests += n;
    arm.failures += bad;
    const fresh = crowd <= 0 ? 0 : Math.max(0, crowd - arm.units) * (1 - Math.exp(-n / (crowd * VISITS)));
    arm.units += Math.min(fresh, n);
    arm.unitsFailed = Math.min(arm.units, arm.unitsFailed + bad * 0.9);
  }
}
