/** Who is told of a rollout, by name; `messages.ts` tries them out. */
import { z } from "zod";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { toldSchema } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

export function toldRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/notifications`,
    schema: {
      tags: ["events"],
      operationId: "listNotifications",
      summary: "Who is told of a rollout, by name",
      params: z.strictObject({ name: nameSchema }),
      response: { 200: toldSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name } }) => {
      const { spec } = await loaded(deps, name);
      return { notifications: (deps.telling?.probes(spec) ?? []).map((probe) => probe.name) };
    },
  });
}
