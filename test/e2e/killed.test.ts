/**
 * The control process is killed at a hundred random moments under load: the right end, no event lost, no request failed.
 * SERIN_KILLS sets another number of kills, SERIN_SEED another run.
 */
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { seeded } from "../../examples/demo/chance.ts";
import { startLoad } from "../../examples/demo/load.ts";
import { answers, freePort, Stage, until } from "./stage.ts";

const KILLS = Number(process.env["SERIN_KILLS"] ?? 100);
const SEED = Number(process.env["SERIN_SEED"] ?? 7);
/** A control process lives for up to so long; it needs about half a second to begin. */
const LIFE_MS = 1400;

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const lines = (text: string): readonly unknown[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

test(`SIGKILL of control at ${KILLS} random moments (seed ${SEED})`, { timeout: 420_000 }, async () => {
  const stage = new Stage();
  stages.push(stage);
  const [v1, v2, port] = [await stage.shop("v1", 0.002, 3), await stage.shop("v2", 0.002, 3), await freePort()];
  const { url, received } = await stage.receiver();
  const gateway = `http://127.0.0.1:${port}`;
  const file = stage.write(
    "rollout.yaml",
    `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: "127.0.0.1:${port}" }
  stable: { revision: v1, backends: ["${v1}"] }
  canary: { revision: v2, backends: ["${v2}"] }
  strategy: { canary: { weights: [5, 20, 50], stage: 25s, early: false } }
  whenUndecided: advance
  notifications:
    - webhook: { url: "${url}", secret: { file: "${stage.write("secret", "a-secret-of-the-test")}" } }
`,
  );
  const random = seeded(SEED);
  let control = stage.start("serve", file, "--listen", "127.0.0.1:0");
  await until("the gateway", () => answers(gateway));
  const load = startLoad(gateway, 100);
  for (let kills = 0; kills < KILLS; kills++) {
    await new Promise((resolve) => setTimeout(resolve, random() * LIFE_MS));
    await killed(control);
    control = stage.start("serve", "--listen", "127.0.0.1:0");
  }
  await until("the server", async () => (await stage.run("list")).code === 0);
  const waited = await stage.run("wait", "shop", "--for", "decided", "--timeout", "180s");
  expect(waited.code, waited.out + waited.err).toBe(0);
  expect((await fetch(gateway)).headers.get("x-revision")).toBe("v2");
  await load.stop();
  expect(load.seen.broken).toBe(0);
  expect(load.seen.sent).toBeGreaterThan(KILLS * 10);
  const events = await stage.run("events", "shop", "-o", "json");
  const journal = lines(events.out) as readonly { readonly seq: number; readonly type: string }[];
  const types = journal.map(({ type }) => type);
  expect(types.filter((type) => type === "started" || type === "promoted")).toEqual(["started", "promoted"]);
  expect(types.filter((type) => type === "stepDone")).toHaveLength(6);
  await until("every message", () => journal.every(({ seq }) => received.some((message) => message.seq === seq)));
  const firstTold = [...new Set(received.map(({ seq }) => seq))];
  expect(firstTold).toEqual(firstTold.toSorted((a, b) => a - b));
  expect((await stage.run("stop", "shop")).code).toBe(0);
});
