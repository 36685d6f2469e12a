/** Before a release: what its ramp would see. After it: the record, page by page, to be decided again elsewhere. */
import { planAside } from "../../sim/aside.ts";
import { assumptionOf, readAssumptions, type Observed } from "../../sim/assume.ts";
import { observedIn } from "../../sim/observed.ts";
import type { ServerDeps } from "../deps.ts";
import { errorBodySchema, PREFIX } from "../wire.ts";
import {
  beginningQuerySchema,
  beginningSchema,
  commitListSchema,
  commitQuerySchema,
  measuredSchema,
  nameParams,
  planAnswerSchema,
  planQuerySchema,
  type CommitList,
  type PlanAnswer,
} from "../wire-study.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";
import { notKept } from "./series.ts";

const tags = ["study"];

export function studyRoutes(app: App, wiring: Wiring): void {
  planRoutes(app, wiring);
  pastRoutes(app, wiring);
}

function planRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/measured`,
    schema: {
      tags,
      operationId: "measured",
      summary: "What the last minutes' measurements say of traffic and of stable",
      params: nameParams,
      response: { 200: measuredSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name } }) => measuredOf(deps, name),
  });
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/plan`,
    schema: {
      tags,
      operationId: "planRollout",
      summary: "What the ramp of a rollout would see, at the traffic that was measured unless other is assumed",
      params: nameParams,
      querystring: planQuerySchema,
      response: { 200: planAnswerSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { assume } }): Promise<PlanAnswer> => {
      const { spec } = await loaded(deps, name);
      const measured = await measuredOf(deps, name);
      return { plan: await planAside(spec, assumptionOf(readAssumptions(assume), measured)), measured };
    },
  });
  app.route({
    method: "POST",
    url: `${PREFIX}/plan`,
    config: { reads: "document" },
    schema: {
      tags,
      operationId: "planDocument",
      summary: "What the ramp of a document would see; at the traffic of the rollout of that name, if there is one",
      querystring: planQuerySchema,
      response: { 200: planAnswerSchema, default: errorBodySchema },
    },
    handler: async ({ body, query: { assume } }): Promise<PlanAnswer> => {
      const { name, document } = deps.parse(body as string);
      const measured = (await deps.records.load(name)) === null ? {} : await measuredOf(deps, name);
      const spec = deps.specOf(name, document);
      return { plan: await planAside(spec, assumptionOf(readAssumptions(assume), measured)), measured };
    },
  });
}

/** Commits whose measurements are looked at: about ten minutes. */
const RECENT = 1200;

async function measuredOf({ records }: ServerDeps, name: string): Promise<Observed> {
  const { version } = await loaded({ records }, name);
  const found = await records.measurements(name, { after: Math.max(0, version - RECENT), limit: 4 * RECENT });
  return observedIn(found.map(({ measurement }) => measurement));
}

function pastRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/beginning`,
    schema: {
      tags,
      operationId: "beginning",
      summary: "What the first decision of a release was made from, and every document that was in force",
      params: nameParams,
      querystring: beginningQuerySchema,
      response: { 200: beginningSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { release } }) => {
      await loaded(deps, name);
      const found = await deps.records.beginning(name, release);
      if (found === null) throw notKept(name, release);
      const { version, status } = found;
      return { version, status: { ...status }, documents: [...(await deps.records.documents(name))] };
    },
  });
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/commits`,
    schema: {
      tags,
      operationId: "listCommits",
      summary: "What each decision rested on and what it came to, oldest first",
      params: nameParams,
      querystring: commitQuerySchema,
      response: { 200: commitListSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { release, after, limit } }): Promise<CommitList> => {
      await loaded(deps, name);
      const options = { after, limit, ...(release === undefined ? {} : { release }) };
      const commits = await deps.records.commits(name, options);
      return { commits: [...commits], next: commits.at(-1)?.version ?? after };
    },
  });
}
