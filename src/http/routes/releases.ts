/** Releases: what was released and how it ended, and the story of one. */
import { z } from "zod";
import type { Records } from "../../engine/ports.ts";
import { SerinError } from "../../errors.ts";
import { Book } from "../pages/book.ts";
import { hasFailed } from "../pages/releases.ts";
import { eventView } from "../views.ts";
import { errorBodySchema, nameSchema, PREFIX, whole, type EventView } from "../wire.ts";
import { releaseListSchema, releaseQuerySchema, releaseStorySchema, type Release } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

const tags = ["pages"];

export function releaseRoutes(app: App, { deps }: Wiring): void {
  const book = new Book(deps.records);

  app.route({
    method: "GET",
    url: `${PREFIX}/releases`,
    schema: {
      tags,
      operationId: "listReleases",
      summary: "Releases, newest first: outcome, time of the machine and of people, who acted",
      querystring: releaseQuerySchema,
      response: { 200: releaseListSchema, default: errorBodySchema },
    },
    handler: async ({ query: { rollout, limit } }) => {
      if (rollout !== undefined) await loaded(deps, rollout);
      const releases = await book.releases(deps.now(), rollout);
      const ended = releases.filter(({ endedAt }) => endedAt !== null);
      return { releases: releases.slice(0, limit), ended: ended.length, failed: ended.filter(hasFailed).length };
    },
  });

  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/releases/:release`,
    schema: {
      tags,
      operationId: "getRelease",
      summary: "One release and everything that happened in it",
      params: z.strictObject({ name: nameSchema, release: whole(1, 999_999_999) }),
      response: { 200: releaseStorySchema, default: errorBodySchema },
    },
    handler: async ({ params: { name, release } }) => {
      await loaded(deps, name);
      const found = (await book.releases(deps.now(), name)).find((one) => one.release === release);
      if (found === undefined) throw new SerinError("NOT_FOUND", `${name} has no release ${release}`);
      return { release: found, events: await eventsOf(deps.records, found) };
    },
  });
}

const PAGE = 1000;

async function eventsOf(records: Records, { rollout, firstSeq, lastSeq }: Release): Promise<EventView[]> {
  const found: EventView[] = [];
  for (let after = firstSeq - 1; after < lastSeq;) {
    const page = await records.journal(after, { rollout, limit: PAGE });
    found.push(...page.filter(({ seq }) => seq <= lastSeq).map(eventView));
    after = page.at(-1)?.seq ?? lastSeq;
  }
  return found;
}
