import { expect, test } from "vitest";
import { api, viewOf } from "../../../test/cli/fixtures.ts";
import { run } from "../../../test/cli/shell.ts";

const tried = [
  { notification: "slack", arrived: true, message: null },
  { notification: "ops", arrived: false, message: "the webhook answered 404: \u001b[2Jgone" },
];

const told = (result: readonly object[]) =>
  api([viewOf()], ({ line }) => (line.startsWith("POST") ? Response.json({ rollout: "shop", tried: result }) : null));

test("says of each notification whether it arrived, and ends with 1 when one did not", async () => {
  const { fetch, asked } = told(tried);
  expect(await run(["notify", "test", "shop"], { fetch })).toEqual({
    code: 1,
    out: "slack: arrived\nops: the webhook answered 404: gone\n",
    err: "",
  });
  expect(asked.map(({ line, body }) => [line, body])).toEqual([["POST /v1/rollouts/shop/notifications/test", "{}"]]);
});

test("asks for one by its name, and is there for programs", async () => {
  const { fetch, asked } = told(tried.slice(0, 1));
  const done = await run(["notify", "test", "shop", "--only", "slack", "-o", "json"], { fetch });
  expect([done.code, JSON.parse(done.out)]).toEqual([0, { rollout: "shop", tried: tried.slice(0, 1) }]);
  expect(asked[0].body).toBe(`{"only":"slack"}`);
});

test("knows no other action", async () => {
  expect((await run(["notify", "send", "shop"], { fetch: told([]).fetch })).code).toBe(2);
});
