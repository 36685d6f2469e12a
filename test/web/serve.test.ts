/** The dashboard as `serin serve` serves it: the real program, its gateway, real requests, a good release and a bad one. */
import { afterEach, expect, test } from "vitest";
import { startLoad, type Load } from "../../examples/demo/load.ts";
import { answers, freePort, Stage, until } from "../e2e/stage.ts";
import { headline, inBrowser, useBrowser } from "./browser.ts";

inBrowser("`serin serve` in the browser", () => {
  const browser = useBrowser({ inPlace: true });
  const stages: Stage[] = [];
  const loads: Load[] = [];
  afterEach(async () => {
    for (const load of loads.splice(0)) await load.stop();
    for (const stage of stages.splice(0)) {
      await stage.run("stop", "shop");
      await stage.close();
    }
  });

  test(
    "a good release is watched to everybody, a bad one back, and people are people",
    { timeout: 180_000 },
    async () => {
      const stage = new Stage();
      stages.push(stage);
      const [v1, v2, v3] = [
        await stage.shop("v1", 0.002, 3),
        await stage.shop("v2", 0.002, 3),
        await stage.shop("v3", 0.15, 3),
      ];
      const [port, listen] = [await freePort(), await freePort()];
      const file = stage.write(
        "rollout.yaml",
        `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: "127.0.0.1:${port}" }
  stable: { revision: v1, backends: ["${v1}"], health: { path: /healthz } }
  canary: { revision: v2, backends: ["${v2}"], health: { path: /healthz } }
  strategy: { canary: { weights: [20, 50], stage: 60s, atLeast: 3s } }
  gates:
    - { name: failures, failures: { limit: { points: "3%" } } }
`,
      );
      stage.start("serve", file, "--listen", `127.0.0.1:${listen}`);
      const url = `http://127.0.0.1:${listen}`;
      await until("the API", async () =>
        fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      await until("the gateway", () => answers(`http://127.0.0.1:${port}`));
      const load = startLoad(`http://127.0.0.1:${port}`, 250);
      loads.push(load);
      const page = await browser.open(`${url}/rollouts/shop`);
      await headline(page)
        .filter({ hasText: /^v2 is at 20 %, step 2 of 4: [\d,]+ people met it/ })
        .waitFor();
      await headline(page)
        .filter({ hasText: /^v2 was promoted/ })
        .waitFor({ timeout: 90_000 });

      await stage.run("start", "shop", "--canary", v3, "--revision", "v3");
      await headline(page)
        .filter({ hasText: /^v3 was rolled back for harm: failures:/ })
        .waitFor({ timeout: 60_000 });
      await page.getByRole("link", { name: "Exposure" }).click();
      await page.getByText(/more people met a failure than would have on stable/).waitFor();
      await page.getByText(/^[012] of 19 slices crossed$/).waitFor();
      await page
        .getByText(/^(Nobody met both arms|Nobody changed sides without a reason: [\d,]+ (people|person) came over)/)
        .waitFor();
      const exported = await page.getByRole("link", { name: "Export as CSV" }).getAttribute("href");
      const csv = await (await fetch(`${url}${exported}`)).text();
      expect(csv).toMatch(/^release,outcome,.*\n2,.*,stable,v2,.*\n2,rolledBack,.*,canary,v3,/);
      await page.getByRole("link", { name: "History" }).first().click();
      await page.getByText(/^Of 2 releases that ended 1 failed/).waitFor();
      await load.stop();
      expect(load.seen.broken).toBe(0);
    },
  );
});
