/** Series: what was measured and how the evidence grew, over time, in as many points as a chart has room for. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { seriesOf } from "../pages/series.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { seriesQuerySchema, seriesSchema } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

export function seriesRoutes(app: App, { deps, traces }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/series`,
    schema: {
      tags: ["pages"],
      operationId: "series",
      summary: "A release over time: shares, values of both arms, differences with their bands, evidence",
      params: z.strictObject({ name: nameSchema }),
      querystring: seriesQuerySchema,
      response: { 200: seriesSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { release, ...span } }) => {
      const { status } = await loaded(deps, name);
      const asked = release ?? status.release;
      const found = asked === 0 ? null : await traces.of(name, asked);
      if (found === null) throw notKept(name, asked);
      return seriesOf(found.trace, asked, found.complete, span);
    },
  });
}

export function notKept(name: string, release: number): SerinError {
  const message =
    release === 0 ? `${name} has not released anything yet` : `the record of release ${release} of ${name} is not kept`;
  return new SerinError("NOT_FOUND", message, { details: { release } });
}
