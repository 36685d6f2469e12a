/** Events: the journal page by page, and live. */
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { mayStillAsk } from "../auth.ts";
import { eventView } from "../views.ts";
import { errorBodySchema, eventPageSchema, eventQuerySchema, nameSchema, PREFIX, streamQuerySchema } from "../wire.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

const tags = ["events"];

export function eventRoutes(app: App, { deps, streams, sessions }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/events`,
    schema: {
      tags,
      operationId: "listEvents",
      summary: "What happened to a rollout, oldest first",
      params: z.strictObject({ name: nameSchema }),
      querystring: eventQuerySchema,
      response: { 200: eventPageSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { after, limit } }) => {
      await loaded(deps, name);
      const page = await deps.records.journal(after, { rollout: name, limit });
      return { events: page.map(eventView), next: page.at(-1)?.seq ?? after };
    },
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/events`,
    exposeHeadRoute: false,
    schema: {
      tags,
      operationId: "followEvents",
      summary: "What happens, live: server-sent events that resume by Last-Event-ID",
      querystring: streamQuerySchema,
      response: {
        200: { description: "One EventView in each `data`", content: { "text/event-stream": { schema: z.string() } } },
        default: errorBodySchema,
      },
    },
    handler: async (request, reply) => {
      const { query, headers } = request;
      const after = await startOf(deps, headers, query.after);
      const allowed = () => mayStillAsk(request, deps.tokens, sessions);
      await streams.follow(reply, { after, rollout: query.rollout, allowed });
      return reply;
    },
  });
}

/** Where a live stream begins. Throws CONFLICT when it is a position that the journal does not have. */
export async function startOf(
  { records }: Pick<Wiring["deps"], "records">,
  headers: IncomingHttpHeaders,
  asked: number | undefined,
): Promise<number> {
  const last = await records.lastSeq();
  const after = lastSeen(headers) ?? asked ?? last;
  if (after <= last) return after;
  throw new SerinError("CONFLICT", `the journal ends at ${last}; ${after} is a position in another one`);
}

/** Last-Event-ID, which a reader sends when it comes back. Throws USAGE when it is none of ours. */
function lastSeen(headers: IncomingHttpHeaders): number | null {
  const text = headers["last-event-id"];
  if (text === undefined || text === "") return null;
  if (typeof text === "string" && /^\d{1,15}$/.test(text)) return Number(text);
  throw new SerinError("USAGE", "Last-Event-ID is not an id of this server's events");
}
