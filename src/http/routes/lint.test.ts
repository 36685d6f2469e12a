import { expect, test } from "vitest";
import { openApi } from "../../../test/http/ask.ts";
import { quietYaml, yamlOf } from "../../../test/http/world.ts";

const yaml = { "content-type": "application/yaml" };

test("a document without mistakes says what would follow, and nothing does", async () => {
  await using api = await openApi();
  const lint = async (body: string) => (await api.ask("/v1/lint", { method: "POST", headers: yaml, body })).body;
  const before = await api.world.store.lastSeq();
  expect(await lint(yamlOf("fresh"))).toMatchObject({
    name: "fresh",
    exists: false,
    problems: [],
    follows: [
      "Release 1 of v2 over v1 started by the document, 4 steps.",
      "Step 1 of 4, setWeight: 5 % of traffic to the canary.",
    ],
  });
  expect((await lint(yamlOf("shop", "v3"))).follows[0]).toBe(
    "v2 was aborted by the document: it names v3 as the canary now.",
  );
  expect(await lint(yamlOf("shop"))).toMatchObject({ exists: true, follows: [] });
  expect((await lint(quietYaml("fresh"))).follows).toEqual([]);
  expect(await api.world.store.lastSeq()).toBe(before);
  expect(await api.world.store.names()).toEqual(["quiet", "shop"]);
});

test("mistakes come with their places, all of them at once", async () => {
  await using api = await openApi();
  const body = yamlOf("fresh")
    .replace("weights: [5, 25]", "weigths: [5, 25]")
    .replace("gateway: { listen", "gateway: { lisen");
  const { body: lint, status } = await api.ask("/v1/lint", { method: "POST", headers: yaml, body });
  expect(status).toBe(200);
  expect(
    lint.problems.map(({ line, path, nearest }: { line: number; path: string; nearest?: string }) => [
      line,
      path,
      nearest,
    ]),
  ).toEqual([
    [7, "spec.gateway.lisen", "listen"],
    [12, "spec.strategy.canary.weigths", "weights"],
  ]);
  expect(lint).toMatchObject({ name: null, follows: [] });
});

test("what is no document at all is a mistake too", async () => {
  await using api = await openApi();
  for (const body of ["", "a: [", "just words"]) {
    const answer = await api.ask("/v1/lint", { method: "POST", headers: yaml, body });
    expect([body, answer.status]).toEqual([body, 200]);
    expect(answer.body.problems.length).toBeGreaterThan(0);
  }
});
