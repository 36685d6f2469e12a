/** What everyone must do who says whether an arm is ready. Each workload's test calls `workloadContract`. */
import { afterEach, describe, expect, test } from "vitest";
import type { Workload } from "../../src/engine/ports.ts";

export interface OpenWorkload {
  readonly workload: Workload;
  /** Makes the arm well or unwell; resolves when it is. */
  readonly become: (arm: "stable" | "canary", state: "well" | "unwell") => Promise<void>;
  /** From here on there is no canary. */
  readonly withoutCanary: () => Promise<void>;
  close(): Promise<void>;
}

export interface WorkloadUnderTest {
  /** Both arms are there, and well. */
  open(): Promise<OpenWorkload>;
}

export function workloadContract(name: string, subject: WorkloadUnderTest): void {
  const opened: OpenWorkload[] = [];
  afterEach(async () => {
    for (const workload of opened.splice(0)) await workload.close();
  });
  const open = async () => {
    const workload = await subject.open();
    opened.push(workload);
    return workload;
  };

  describe(`${name} keeps the Workload contract`, () => {
    test("an arm that is well is ready", async () => {
      const { workload } = await open();
      expect(await workload.ready("stable")).toEqual({ ready: true });
      expect(await workload.ready("canary")).toEqual({ ready: true });
    });

    test.each(["stable", "canary"] as const)(
      "an unwell %s is not, and the reason says which arm in words",
      async (arm) => {
        const { workload, become } = await open();
        await become(arm, "unwell");
        const { ready, reason = "" } = await workload.ready(arm);
        expect(ready).toBe(false);
        expect(reason).toMatch(new RegExp(`${arm}.* `));
        expect(await workload.ready(arm === "stable" ? "canary" : "stable")).toEqual({ ready: true });
      },
    );

    test("an arm that has recovered is ready again", async () => {
      const { workload, become } = await open();
      await become("canary", "unwell");
      expect((await workload.ready("canary")).ready).toBe(false);
      await become("canary", "well");
      expect(await workload.ready("canary")).toEqual({ ready: true });
    });

    test("a canary that is not there is not ready", async () => {
      const { workload, withoutCanary } = await open();
      await withoutCanary();
      const { ready, reason = "" } = await workload.ready("canary");
      expect(ready).toBe(false);
      expect(reason).toMatch(/no canary/);
      expect(await workload.ready("stable")).toEqual({ ready: true });
    });
  });
}
