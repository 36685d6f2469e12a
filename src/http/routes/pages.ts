/** Pages: the fleet and a release at one look, and both live. */
import { z } from "zod";
import { mayStillAsk } from "../auth.ts";
import { follow } from "../pages/follow.ts";
import { overviewOf, Snapshots } from "../pages/snapshots.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { fleetSchema, liveQuerySchema, overviewSchema } from "../wire-pages.ts";
import { noSuchRollout, type App, type Wiring } from "../wiring.ts";
import { startOf } from "./events.ts";

const tags = ["pages"];

export function pageRoutes(app: App, { deps, changes, streams, traces, sessions }: Wiring): void {
  const snapshots = new Snapshots({ deps, traces });
  app.addHook("onClose", async () => snapshots.close());

  app.route({
    method: "GET",
    url: `${PREFIX}/fleet`,
    schema: {
      tags,
      operationId: "fleet",
      summary: "Every rollout in one row: where it stands, for whom, what comes next",
      response: { 200: fleetSchema, default: errorBodySchema },
    },
    handler: async () => ({ now: deps.now(), rows: [...(await snapshots.news(0)).rows] }),
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/overview`,
    schema: {
      tags,
      operationId: "overview",
      summary: "One rollout at one look: the sentence, what each act would do, how near each gate is to either end",
      params: z.strictObject({ name: nameSchema }),
      response: { 200: overviewSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name } }) => {
      const seen = await overviewOf({ deps, traces }, name);
      if (seen === null) throw noSuchRollout(name);
      return seen;
    },
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/live`,
    exposeHeadRoute: false,
    schema: {
      tags,
      operationId: "live",
      summary: "The fleet, or one rollout, live: state whole and journal entries that resume by Last-Event-ID",
      querystring: liveQuerySchema,
      response: {
        200: { description: "Frames as in wire-pages", content: { "text/event-stream": { schema: z.string() } } },
        default: errorBodySchema,
      },
    },
    handler: async (request, reply) => {
      const { query, headers } = request;
      const after = await startOf(deps, headers, query.after);
      const from = { after, rollout: query.rollout, allowed: () => mayStillAsk(request, deps.tokens, sessions) };
      await streams.serve(reply, (listener) => follow(listener, from, { deps, traces, changes, snapshots }));
      return reply;
    },
  });
}
