import { expect, test } from "vitest";
import { openApi } from "../../../test/http/ask.ts";
import { quietYaml, yamlOf } from "../../../test/http/world.ts";

const yaml = { "content-type": "application/yaml" };

test("a document is tried on what was recorded, and nothing follows from it", async () => {
  await using api = await openApi();
  await api.world.pass("shop", 90);
  const before = await api.world.store.lastSeq();
  const body = yamlOf("shop");
  const answer = await api.ask("/v1/rollouts/shop/backtest", { method: "POST", headers: yaml, body });
  expect(answer.status).toBe(200);
  expect(answer.body.releases).toHaveLength(1);
  // both arms fail alike in this world: nothing is to be taken back
  expect(answer.body.releases[0]).toMatchObject({ name: "shop release 1", rolledBack: false, guilty: [] });
  expect(answer.body.quiet[0]).toMatchObject({ name: "stable in shop release 1", plays: 20 });
  expect(answer.body.sentences[0]).toBe("Of 1 past release none would have been rolled back.");
  expect(await api.world.store.lastSeq()).toBe(before);
});

test("a limit that is too strict shows what it would have done", async () => {
  await using api = await openApi();
  await api.world.pass("shop", 90);
  const strict = "- { name: errors, threshold: { value: failureRate, max: 0.0001, every: 1s, failures: 1 } }";
  const body = yamlOf("shop").replace("    - { name: latency, latency: {}, dryRun: true }", `    ${strict}`);
  const { body: found } = await api.ask("/v1/rollouts/shop/backtest", { method: "POST", headers: yaml, body });
  expect(found.releases[0]).toMatchObject({ rolledBack: true, guilty: ["errors"] });
});

test("without a record there is nothing to try, and a mistake is told as everywhere", async () => {
  await using api = await openApi();
  const ask = (name: string, body: string) =>
    api.ask(`/v1/rollouts/${name}/backtest`, { method: "POST", headers: yaml, body });
  expect((await ask("quiet", quietYaml("quiet"))).body.sentences).toEqual([
    "Nothing was recorded that could be tried.",
  ]);
  expect((await ask("shop", "kind: Nothing")).status).toBe(422);
  expect((await ask("nobody", yamlOf("nobody"))).status).toBe(404);
});
