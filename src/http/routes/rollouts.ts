/** Rollouts: what there is, what each one looks like, and their documents. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import type { Phase } from "../../rollout/status.ts";
import type { ServerDeps } from "../deps.ts";
import { measured } from "../live.ts";
import { rolloutView, summary } from "../views.ts";
import {
  errorBodySchema,
  nameSchema,
  PREFIX,
  putResultSchema,
  rolloutListSchema,
  rolloutSchema,
  type Problem,
  type PutResult,
  type RolloutSummary,
} from "../wire.ts";
import { loaded, noSuchRollout, type App, type Wiring } from "../wiring.ts";

const tags = ["rollouts"];
const params = z.strictObject({ name: nameSchema });
const url = `${PREFIX}/rollouts/:name`;

const removeQuerySchema = z.strictObject({
  stop: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("ends its gateway too; without it a rollout whose gateway serves visitors stays"),
});

export function rolloutRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts`,
    schema: {
      tags,
      operationId: "listRollouts",
      summary: "All rollouts, in short",
      response: { 200: rolloutListSchema, default: errorBodySchema },
    },
    handler: async () => ({ rollouts: await summaries(deps) }),
  });

  app.route({
    method: "GET",
    url,
    schema: {
      tags,
      operationId: "getRollout",
      summary: "One rollout: document, status, plan, steps, gates",
      params,
      response: { 200: rolloutSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name } }) => {
      const [found, document, live] = await Promise.all([
        loaded(deps, name),
        deps.records.document(name),
        measured(deps, name),
      ]);
      return rolloutView(name, found, document, live);
    },
  });

  app.route({
    method: "PUT",
    url,
    config: { role: "act", reads: "document" },
    schema: {
      tags,
      operationId: "putRollout",
      summary: "Adds a rollout, or replaces the document of one; its status stays",
      params,
      body: z.string(),
      response: { 200: putResultSchema, 201: putResultSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, body }, reply) => {
      const result = await put(deps, name, body);
      deps.engine.wake(name);
      return reply.code(result === "created" ? 201 : 200).send({ name, result });
    },
  });

  app.route({
    method: "DELETE",
    url,
    config: { role: "act" },
    schema: {
      tags,
      operationId: "deleteRollout",
      summary: "Removes a rollout and its history; refused while a release is under way, and while its gateway serves",
      params,
      querystring: removeQuerySchema,
      response: { 204: z.undefined().describe("Removed"), default: errorBodySchema },
    },
    handler: async ({ params: { name }, query: { stop } }, reply) => {
      await remove(deps, name, stop);
      return reply.code(204).send();
    },
  });
}

async function summaries(deps: ServerDeps): Promise<RolloutSummary[]> {
  const names = await deps.records.names();
  const found = await Promise.all(
    names.map(async (name) => ({ name, rollout: await deps.records.load(name), live: await measured(deps, name) })),
  );
  // One that was removed in between is no longer there.
  return found.flatMap(({ name, rollout, live }) => (rollout === null ? [] : [summary(name, rollout, live)]));
}

async function put(deps: ServerDeps, name: string, text: string): Promise<PutResult["result"]> {
  const parsed = deps.parse(text);
  if (parsed.name !== name) {
    const message = `the document is named ${parsed.name} and the path ${name}`;
    const problem: Problem = { file: "body", line: 1, column: 1, path: "metadata.name", message };
    throw new SerinError("DOCUMENT_INVALID", message, { details: { problems: [problem] } });
  }
  const result = await deps.records.put(name, parsed.document, (spec) => deps.initial(name, spec));
  if (result !== "unchanged") void warn(deps, name, parsed.document);
  return result;
}

/** Says once, before the first message, which secrets are not there. */
async function warn(deps: ServerDeps, rollout: string, document: unknown): Promise<void> {
  const lacking = await deps.telling?.lacking(deps.specOf(rollout, document));
  for (const { name, error } of lacking ?? [])
    deps.log("warn", `messages will wait: ${error.message}`, { rollout, notifier: name, code: error.code });
}

const busy: readonly Phase[] = ["progressing", "paused"];

/** Nobody's visitors are cut off by a word about documents, and no gateway is left behind that nobody looks after. */
async function remove(deps: ServerDeps, name: string, stop: boolean): Promise<void> {
  const { status } = await loaded(deps, name);
  if (busy.includes(status.phase)) {
    throw new SerinError("CONFLICT", `${name} is ${status.phase}: abort its release before removing it`);
  }
  const at = (await deps.gateways?.serves(name)) ?? null;
  if (at !== null && !stop) {
    const how = "delete it with --stop to end its gateway too";
    throw new SerinError("CONFLICT", `the gateway of ${name} serves visitors at ${at}: ${how}`, { details: { at } });
  }
  if (!(await deps.records.remove(name))) throw noSuchRollout(name);
  // first it is forgotten: nobody is to start the gateway again
  deps.engine.wake(name);
  if (at !== null) await deps.gateways?.stop(name);
}
