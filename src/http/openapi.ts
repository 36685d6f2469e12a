/** The OpenAPI 3.1 page: generated from the zod schemas of the routes, with what zod cannot say put in by hand here. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { documentTypes, PREFIX } from "./wire.ts";

interface Operation {
  requestBody?: unknown;
  responses: Record<string, unknown>;
}
interface Page {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown> };
}

/** Must be called before the routes are added. */
export function describe(app: FastifyInstance, version: string, secured: boolean): void {
  void app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Serin",
        version,
        description: "Progressive delivery: what is being released, how it fares, and what a person asks of it.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [
        { name: "rollouts", description: "What is being released and how it fares." },
        { name: "signals", description: "What people ask of a rollout." },
        { name: "events", description: "What happened and what happens." },
        { name: "pages", description: "All that a screen shows, in one answer." },
        {
          name: "study",
          description: "Before a release, what its ramp would see; after it, the record to decide it again.",
        },
        { name: "kayenta", description: "The compatible judge." },
        { name: "gates", description: "Gates for hooks, as Flagger's load tester has them." },
        { name: "server", description: "The server itself." },
      ],
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: secured ? [{ token: [] }] : [],
    },
    transform: jsonSchemaTransform,
    transformObject: (given) => {
      const page = jsonSchemaTransformObject(given);
      complete(page as Page);
      return page;
    },
  });
}

function complete(page: Page): void {
  const operations = page.paths?.[`${PREFIX}/rollouts/{name}`];
  if (operations?.["put"] !== undefined) operations["put"].requestBody = documentBody();
  const planning = page.paths?.[`${PREFIX}/plan`]?.["post"];
  if (planning !== undefined) planning.requestBody = documentBody();
  // 204 has no content: zod's "undefined" would come out as a body that is null.
  if (operations?.["delete"] !== undefined) operations["delete"].responses["204"] = { description: "Removed" };
  tidy(page);
  prune(page);
}

/** The body of PUT is text in either notation. */
function documentBody(): unknown {
  const schema = { description: `A Rollout document; its JSON Schema is at ${PREFIX}/schema.` };
  return { required: true, content: Object.fromEntries(documentTypes.map((type) => [type, { schema }])) };
}

/** Takes out what says nothing: the bounds of a double's whole numbers, and that keys are strings. */
function tidy(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const node = value as Record<string, unknown>;
  if (node["minimum"] === Number.MIN_SAFE_INTEGER) delete node["minimum"];
  if (node["maximum"] === Number.MAX_SAFE_INTEGER) delete node["maximum"];
  if (JSON.stringify(node["propertyNames"]) === `{"type":"string"}`) delete node["propertyNames"];
  // Formats that only zod knows; the pattern beside them says the same.
  if (node["format"] === "starts_with" || node["format"] === "safeint") delete node["format"];
  // Numbers in queries are read from text, but numbers they are.
  if (node["type"] === "integer") delete node["pattern"];
  for (const child of Object.values(node)) tidy(child);
}

/** Keeps the components that something refers to, if only in words: zod writes each twice, as read and as written. */
function prune(page: Page): void {
  const all = page.components?.schemas ?? {};
  const kept = new Set(["Problem"]);
  const visit = (value: unknown) => {
    for (const id of references(value)) {
      if (kept.has(id)) continue;
      kept.add(id);
      visit(all[id]);
    }
  };
  visit(page.paths);
  for (const id of Object.keys(all)) if (!kept.has(id)) delete all[id];
}

function references(value: unknown): string[] {
  const found = JSON.stringify(value ?? null).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
  return [...found].map((match) => match[1]);
}
