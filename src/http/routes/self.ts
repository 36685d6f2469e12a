/** The server itself: is it well, what is it, what can it be asked, how does it fare. */
import { z } from "zod";
import { errorBodySchema, healthSchema, PREFIX, versionSchema, type Version } from "../wire.ts";
import type { App, Wiring } from "../wiring.ts";

const tags = ["server"];

export function selfRoutes(app: App, { deps, metrics }: Wiring): void {
  const startedAt = deps.now();

  app.route({
    method: "GET",
    url: "/healthz",
    config: { role: "none" },
    schema: {
      tags,
      operationId: "health",
      summary: "Whether it answers and can read its memory",
      security: [],
      response: { 200: healthSchema, default: errorBodySchema },
    },
    handler: async () => {
      await deps.records.lastSeq();
      return { status: "ok" } as const;
    },
  });

  app.route({
    method: "GET",
    url: "/metrics",
    schema: {
      tags,
      operationId: "metrics",
      summary: "Prometheus metrics of Serin itself",
      response: {
        200: { description: "Prometheus text", content: { "text/plain": { schema: z.string() } } },
        default: errorBodySchema,
      },
    },
    handler: async (_request, reply) => {
      const page = await metrics.scrape();
      return reply.type(metrics.contentType).send(page);
    },
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/version`,
    schema: {
      tags,
      operationId: "version",
      summary: "What runs",
      response: { 200: versionSchema, default: errorBodySchema },
    },
    handler: async (): Promise<Version> => ({
      serin: deps.version,
      node: process.versions.node,
      startedAt,
      now: deps.now(),
    }),
  });

  const object = z.record(z.string(), z.unknown());

  app.route({
    method: "GET",
    url: `${PREFIX}/openapi.json`,
    schema: {
      tags,
      operationId: "openapi",
      summary: "This API, as OpenAPI 3.1",
      response: { 200: object, default: errorBodySchema },
    },
    handler: async () => app.swagger() as unknown as Record<string, unknown>,
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/schema`,
    schema: {
      tags,
      operationId: "schema",
      summary: "The JSON Schema of a Rollout document",
      response: { 200: object, default: errorBodySchema },
    },
    handler: async () => deps.schema() as Record<string, unknown>,
  });
}
