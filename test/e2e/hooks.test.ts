/** Programs as hooks, as a user runs them: real processes at every moment of a real release. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { startLoad, type Load } from "../../examples/demo/load.ts";
import { FakeCluster } from "../modes/cluster.ts";
import { answers, finished, freePort, Stage, until } from "./stage.ts";

const stages: Stage[] = [];
const loads: Load[] = [];
const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
  for (const load of loads.splice(0)) await load.stop();
  for (const stage of stages.splice(0)) await stage.close();
});

const allowed = { SERIN_COMMANDS: "allow" };

interface Asked {
  readonly hook: string;
  readonly on: string;
}

/** Notes what it reads, prints what it was told and the secret, and goes on. */
const noting = (file: string) => `printf "%s\\n" "$(cat)" >> ${file}; echo "$SERIN_CANARY over $SERIN_STABLE, $TOKEN"`;

/** A secret where secrets may lie: in a cluster, where the machine can make one a certificate; else in a file. */
async function secret(stage: Stage) {
  const cluster = await FakeCluster.open();
  if (cluster === null) return { env: {}, token: `{ file: ${stage.write("token", "a-secret-of-mine")} }` };
  clusters.push(cluster);
  cluster.secrets.set("shops/smoke", { token: "a-secret-of-mine" });
  return { env: cluster.env, token: "{ kubernetes: { name: smoke, key: token } }" };
}

async function opened() {
  const stage = new Stage();
  stages.push(stage);
  const [v1, v2, port] = [await stage.shop("v1", 0, 3), await stage.shop("v2", 0, 3), await freePort()];
  const notes = stage.write("notes", "");
  const { env, token } = await secret(stage);
  const hook = (name: string, on: string, more = "") => `    - name: ${name}
      on: ${on}
      every: 500ms
      command: { shell: ${JSON.stringify(noting(notes) + more)}, env: { TOKEN: ${token} } }
`;
  const document = (hooks: string) =>
    stage.write(
      "rollout.yaml",
      `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: 127.0.0.1:${port} }
  stable: { revision: v1, backends: ["${v1}"] }
  canary: { revision: v2, backends: ["${v2}"] }
  strategy: { canary: { steps: [{ setWeight: 50 }, { analyze: { for: 1s } }] } }
  whenUndecided: advance
  hooks:
${hooks}`,
    );
  const asked = () =>
    readFileSync(notes, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Asked);
  return { stage, env, hook, document, asked, gateway: `http://127.0.0.1:${port}` };
}

test(
  "are asked at all eight moments, and nothing that is shown repeats their secrets",
  { timeout: 60_000 },
  async () => {
    const { stage, env, hook, document, asked, gateway } = await opened();
    const moments = [
      "confirmRollout",
      "preRollout",
      "rollout",
      "confirmTrafficIncrease",
      "confirmPromotion",
      "postRollout",
    ];
    const hooks = [
      ...moments.map((on) => hook(on.toLowerCase(), on)),
      hook("stop", "rollback", "; exit 1"),
      hook("tell", "event"),
    ];
    const running = finished(stage.startWith({ ...env, ...allowed }, "run", document(hooks.join(""))));
    await until("the gateway", () => answers(gateway));
    loads.push(startLoad(gateway, 100));
    const { code, out, err } = await running;
    expect(code, out + err).toBe(0);
    expect(out).toContain("Hook prerollout (preRollout) said yes: v2 over v1, ***.");
    await until("the hooks", () => new Set(asked().map(({ on }) => on)).size === 8);
    expect(out + err + JSON.stringify(asked())).not.toContain("a-secret-of-mine");
  },
);

test("take a release back, with what they printed", { timeout: 60_000 }, async () => {
  const { stage, document } = await opened();
  const smoke = `    - name: smoke
      on: preRollout
      every: 200ms
      failures: 2
      command: { argv: [sh, -c, "echo login: timed out; echo $0 of 40 tests failed >&2; exit 3", "{{weight}}"] }
`;
  const { code, out } = await finished(stage.startWith(allowed, "run", document(smoke)));
  expect(code, out).toBe(3);
  expect(out).toContain("v2 was rolled back at 0 %");
  expect(out).toContain("hook smoke said no 2 times: it ended with 3: 0 of 40 tests failed");
});
