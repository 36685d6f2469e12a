import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openApi } from "../../test/http/ask.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Page {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly tags: readonly { readonly name: string }[];
  readonly security: readonly unknown[];
}

test("the page is OpenAPI 3.1, by a validator that is not ours", async () => {
  await using api = await openApi();
  const { body } = await api.get("/v1/openapi.json");
  const result = await new Validator().validate(structuredClone(body) as Record<string, unknown>);
  expect(result).toMatchObject({ valid: true });
  expect((body as Page).openapi).toBe("3.1.0");
});

test("each operation has a name of its own, a sentence, a tag that is explained, and says what errors look like", async () => {
  await using api = await openApi();
  const page = (await api.get("/v1/openapi.json")).body as Page;
  const operations = Object.values(page.paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = page.tags.map(({ name }) => name);
  for (const { summary, tags: own, responses } of operations) {
    expect(summary).not.toBe("");
    expect(tags).toEqual(expect.arrayContaining([...own]));
    expect(responses).toHaveProperty("default");
  }
});

test("every component is used, and every reference leads somewhere", async () => {
  await using api = await openApi();
  const page = (await api.get("/v1/openapi.json")).body as Page;
  const text = JSON.stringify(page);
  const referred = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)"/g)].map((found) => found[1]));
  const kept = Object.keys(page.components.schemas);
  expect(kept.toSorted()).toEqual([...new Set([...referred, "Problem"])].toSorted());
});

test("a server with tokens says so on its page", async () => {
  await using open = await openApi();
  expect(((await open.get("/v1/openapi.json")).body as Page).security).toEqual([]);
  const tokens = { present: () => [] };
  await using closed = await openApi({ tokens });
  expect((closed.world.api.app.swagger() as unknown as Page).security).toEqual([{ token: [] }]);
});
