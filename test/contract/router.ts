/** What every router must do, whatever carries the traffic. Each router's test calls `routerContract`. */
import { afterEach, describe, expect, test } from "vitest";
import type { Router } from "../../src/engine/ports.ts";
import { samePlan, type ArmPlan, type TrafficPlan } from "../../src/rollout/traffic.ts";

/** How many requests met each arm. */
export interface Met {
  readonly stable: number;
  readonly canary: number;
}

export interface OpenRouter {
  readonly router: Router;
  /** Arms that plans may name. */
  readonly stable: ArmPlan;
  readonly canary: ArmPlan;
  /**
   * Sends so many requests, the header `x-unit` of each another number, counted on from call to call. Left out by routers
   * that carry no traffic of their own.
   */
  readonly send?: (requests: number) => Promise<Met>;
  close(): Promise<void>;
}

export interface RouterUnderTest {
  /** A router of the rollout "shop" that nothing was ever applied to. */
  open(): Promise<OpenRouter>;
  /** Why `send` is left out. */
  readonly carriesNothing?: string;
}

const code = (expected: string) => expect.objectContaining({ name: "SerinError", code: expected });

export function routerContract(name: string, subject: RouterUnderTest): void {
  const opened: OpenRouter[] = [];
  afterEach(async () => {
    for (const router of opened.splice(0)) await router.close();
  });
  const open = async () => {
    const router = await subject.open();
    opened.push(router);
    return router;
  };

  describe(`${name} keeps the Router contract`, () => {
    describe("plans", () => plans(open));
    describe("order", () => order(open));
    describe.skipIf(subject.carriesNothing !== undefined)(
      `traffic${subject.carriesNothing === undefined ? "" : ` (skipped: ${subject.carriesNothing})`}`,
      () => traffic(open),
    );
  });
}

function planOf(
  { stable, canary }: Pick<OpenRouter, "stable" | "canary">,
  version: number,
  over: Partial<TrafficPlan> = {},
): TrafficPlan {
  const split = { salt: "s", canaryWeight: 5000, mirrorWeight: 0, unit: { header: { name: "x-unit" } }, matches: [] };
  return { version, rollout: "shop", ...split, stable, canary, ...over };
}

type Open = () => Promise<OpenRouter>;

function plans(open: Open): void {
  test("nothing is live before a plan is applied", async () => {
    const { router } = await open();
    expect(await router.read()).toBeNull();
  });

  test("what was applied is read back, to the last field", async () => {
    const opened = await open();
    const plan = planOf(opened, 3, {
      matches: [{ name: "qa", arm: "canary", header: { name: "x-qa", value: { exact: "1" } } }],
      unit: { visitor: { cookie: "serin", maxAgeSeconds: 60, secure: false } },
      mirrorWeight: 17,
    });
    await opened.router.apply(plan);
    const read = await opened.router.read();
    expect(samePlan(read, plan)).toBe(true);
  });

  test("applying the same plan again changes nothing", async () => {
    const opened = await open();
    const plan = planOf(opened, 1);
    await opened.router.apply(plan);
    await opened.router.apply({ ...plan });
    expect(samePlan(await opened.router.read(), plan)).toBe(true);
  });

  test("the next plan takes the place of the one before, a plan without a canary too", async () => {
    const opened = await open();
    await opened.router.apply(planOf(opened, 1));
    const alone = planOf(opened, 2, { canary: null, canaryWeight: 0 });
    await opened.router.apply(alone);
    expect(samePlan(await opened.router.read(), alone)).toBe(true);
  });

  test("what is handed out is a copy", async () => {
    const opened = await open();
    const plan = planOf(opened, 1);
    await opened.router.apply(plan);
    Object.assign((await opened.router.read()) ?? {}, { canaryWeight: 1 });
    expect(samePlan(await opened.router.read(), plan)).toBe(true);
  });
}

function order(open: Open): void {
  test("an older plan is refused and changes nothing", async () => {
    const opened = await open();
    const plan = planOf(opened, 7);
    await opened.router.apply(plan);
    await expect(opened.router.apply(planOf(opened, 6, { canaryWeight: 0 }))).rejects.toEqual(code("CONFLICT"));
    expect(samePlan(await opened.router.read(), plan)).toBe(true);
  });

  test("another plan of the same version is refused: one of the two is somebody's mistake", async () => {
    const opened = await open();
    const plan = planOf(opened, 7);
    await opened.router.apply(plan);
    await expect(opened.router.apply(planOf(opened, 7, { canaryWeight: 0 }))).rejects.toEqual(code("CONFLICT"));
    expect(samePlan(await opened.router.read(), plan)).toBe(true);
  });

  test("of many plans at once the newest is live in the end", async () => {
    const opened = await open();
    const versions = [3, 9, 1, 8, 5, 2, 7, 4, 6];
    const results = await Promise.allSettled(
      versions.map((version) => opened.router.apply(planOf(opened, version, { canaryWeight: version }))),
    );
    for (const result of results) if (result.status === "rejected") expect(result.reason).toEqual(code("CONFLICT"));
    expect(results[1].status).toBe("fulfilled");
    expect((await opened.router.read())?.canaryWeight).toBe(9);
  });
}

function traffic(open: Open): void {
  const sent = ({ send }: OpenRouter, requests: number) => (send as NonNullable<OpenRouter["send"]>)(requests);

  test("when apply resolves, not one more request is routed by the plan before", async () => {
    const opened = await open();
    for (let version = 1; version <= 8; version++) {
      const canaryWeight = version % 2 === 0 ? 10_000 : 0;
      await opened.router.apply(planOf(opened, version, { canaryWeight }));
      const met = await sent(opened, 40);
      expect({ version, ...met }).toEqual(
        canaryWeight === 0 ? { version, stable: 40, canary: 0 } : { version, stable: 0, canary: 40 },
      );
    }
  });

  test("the share is what the plan says, within five standard errors", async () => {
    const opened = await open();
    await opened.router.apply(planOf(opened, 1, { canaryWeight: 2500 }));
    const n = 800;
    const { stable, canary } = await sent(opened, n);
    expect(stable + canary).toBe(n);
    expect(Math.abs(canary - n / 4)).toBeLessThan(5 * Math.sqrt(n * 0.25 * 0.75));
  });

  test("without a canary everybody meets stable", async () => {
    const opened = await open();
    await opened.router.apply(planOf(opened, 1, { canary: null, canaryWeight: 10_000 }));
    expect(await sent(opened, 30)).toEqual({ stable: 30, canary: 0 });
  });
}
