/** The record of a release, to take along: everything that its decisions rested on, as one JSON document. */
import { Readable } from "node:stream";
import { z } from "zod";
import type { Records } from "../../engine/ports.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { recordQuerySchema } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";
import { notKept } from "./series.ts";

export function recordRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/record`,
    schema: {
      tags: ["pages"],
      operationId: "record",
      summary: "A release's whole record: its beginning, documents, decisions and measurements",
      params: z.strictObject({ name: nameSchema }),
      querystring: recordQuerySchema,
      response: {
        200: {
          description: "One JSON document",
          content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
        },
        default: errorBodySchema,
      },
    },
    handler: async ({ params: { name }, query: { release } }, reply) => {
      const { status } = await loaded(deps, name);
      const asked = release ?? status.release;
      const beginning = await deps.records.beginning(name, asked);
      if (beginning === null) throw notKept(name, asked);
      void reply.header("content-disposition", `attachment; filename="${name}-release-${asked}.json"`);
      const documents = await deps.records.documents(name);
      const head = { rollout: name, release: asked, beginning, documents };
      const text = Readable.from(written(deps.records, name, asked, head));
      // The schema is of what is read at the other end.
      return reply.type("application/json").send(text as unknown as Record<string, unknown>);
    },
  });
}

const PAGE = 500;

/** Page by page, so that a long release never lies in memory as a whole. */
async function* written(records: Records, name: string, release: number, head: object): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1);
  for (const kind of ["commits", "measurements"] as const) {
    yield `,"${kind}":[`;
    let after = 0;
    for (let first = true; ;) {
      const page = await records[kind](name, { release, after, limit: PAGE });
      if (page.length > 0) yield (first ? "" : ",") + JSON.stringify(page).slice(1, -1);
      first &&= page.length === 0;
      if (page.length < PAGE) break;
      after = page[page.length - 1].version;
    }
    yield "]";
  }
  yield "}";
}
