/** Measurements: what was folded into the evidence, commit by commit; with them any verdict can be worked out again. */
import { z } from "zod";
import {
  errorBodySchema,
  measurementListSchema,
  measurementQuerySchema,
  nameSchema,
  PREFIX,
  type MeasurementList,
} from "../wire.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

export function measurementRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/measurements`,
    schema: {
      tags: ["rollouts"],
      operationId: "listMeasurements",
      summary: "What was measured and folded, oldest first; a commit is never split over two pages",
      params: z.strictObject({ name: nameSchema }),
      querystring: measurementQuerySchema,
      response: { 200: measurementListSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { gate, release, after, limit } }): Promise<MeasurementList> => {
      await loaded(deps, name);
      const asked = {
        after,
        limit,
        ...(gate === undefined ? {} : { gate }),
        ...(release === undefined ? {} : { release }),
      };
      const measurements = await deps.records.measurements(name, asked);
      return { measurements: [...measurements], next: measurements.at(-1)?.version ?? after };
    },
  });
}
