/** import, and run of other programs' files: what is printed where, what is refused, where secrets go. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../../../test/cli/shell.ts";
import { Stage } from "../../../test/cli/stage.ts";
import { readDocument } from "../../document/index.ts";
import { steady } from "../../sim/scenarios/truths.ts";

const cwd = mkdtempSync(join(tmpdir(), "serin-import-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const canary = (more = "") => `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: shop, namespace: test }
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
  service: { port: 8080 }
  analysis:
    interval: 10s
    threshold: 2
    stepWeight: 50
    maxWeight: 50
    metrics: [{ name: request-success-rate, thresholdRange: { min: 90 }, interval: 10s }]
    alerts: [{ name: on-call, severity: warn, providerRef: { name: on-call } }]
${more}---
apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: test }
spec: { type: slack, address: "http://127.0.0.1:9/services/opens-the-channel" }
`;
writeFileSync(join(cwd, "canary.yaml"), canary());
writeFileSync(join(cwd, "suspended.yaml"), canary().replace("spec:\n", "spec:\n  suspend: true\n"));
writeFileSync(join(cwd, "two.yaml"), `${canary()}---\n${canary().replace("name: shop,", "name: cart,")}`);
writeFileSync(join(cwd, "list.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items: [] }));

const arms = ["--stable", "http://127.0.0.1:9001", "--canary", "http://127.0.0.1:9002"];

test("import prints the document, and on the standard error what became of each field", async () => {
  const { code, out, err } = await run(["import", "flagger", "canary.yaml", ...arms, "--revision", "v2"], { cwd });
  expect(code).toBe(0);
  const { name, rollout } = readDocument(out, "out");
  expect(name).toBe("shop");
  expect(rollout.canary).toMatchObject({ revision: "v2", backends: ["http://127.0.0.1:9002"] });
  expect(err).toMatch(/^lost {4}canary\.yaml:5:3: spec\.targetRef: /m);
  expect(err).toMatch(/^shop: \d+ kept, \d+ changed, \d+ lost$/m);
  expect(out + err, "a secret is repeated nowhere").not.toContain("opens-the-channel");
});

test("for programs: one value with everything", async () => {
  const { code, out } = await run(["import", "flagger", "canary.yaml", "-o", "json"], { cwd });
  expect(code).toBe(0);
  const value = JSON.parse(out) as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["name", "document", "kept", "changed", "lost"]);
});

test.each([
  [["import", "flagger", "list.json"], 2, "there is no Canary in the files (DOCUMENT_INVALID)"],
  [["import", "flagger", "two.yaml"], 2, "there are 2 of Canary, shop, cart: name one by --name (USAGE)"],
  [["run", "canary.yaml"], 2, "does not say who answers: give --stable URL and --canary URL (USAGE)"],
  [["run", "suspended.yaml", ...arms], 2, "a suspended Canary does nothing"],
  [["run", "list.json", "list.json"], 2, "one document is run at a time"],
])("%s is refused", async (argv, exit, sentence) => {
  const { code, err } = await run(argv, { cwd });
  expect([code, err.includes(sentence), err]).toEqual([exit, true, err]);
});

test("one of several, by name", async () => {
  const { code, out } = await run(["import", "flagger", "two.yaml", "--name", "cart"], { cwd });
  expect([code, readDocument(out, "out").name]).toEqual([0, "cart"]);
});

test("run takes a Canary as it is, and keeps the channel's address for the owner alone", async () => {
  await using stage = new Stage(steady(400));
  stage.write("canary.yaml", canary());
  const { code, out, err } = await stage.run(["run", "canary.yaml", ...arms, "--data", "data"]);
  expect(err).toBe("");
  expect([code, out.includes("outcome=promoted")]).toEqual([0, true]);
  const secret = join(stage.dir, "data", "secrets", "shop-on-call-address");
  expect(readFileSync(secret, "utf8")).toBe("http://127.0.0.1:9/services/opens-the-channel");
  expect(statSync(secret).mode & 0o777).toBe(0o600);
});

test("run takes a Rollout of Argo's as it is", async () => {
  await using stage = new Stage(steady(400));
  stage.write(
    "argo.yaml",
    `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { strategy: { canary: { steps: [{ setWeight: 20 }, { pause: { duration: 30s } }, { setWeight: 60 }] } } }
`,
  );
  const { code, out, err } = await stage.run(["run", "argo.yaml", ...arms]);
  expect(err).toBe("");
  expect([code, out.includes("outcome=promoted")]).toEqual([0, true]);
});
