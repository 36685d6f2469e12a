/** Exposure: who met which revision, of one release or of all, for people's tables and for programs. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { Ledger } from "../ledger.ts";
import { Book } from "../pages/book.ts";
import { exposureCsv } from "../pages/exposure-csv.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import {
  exposureLedgerSchema,
  exposureQuerySchema,
  type ExposureLedger,
  type ReleaseExposure,
} from "../wire-exposure.ts";
import type { Release } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

export function exposureRoutes(app: App, { deps }: Wiring): void {
  const ledger = new Ledger(deps);
  const book = new Book(deps.records);
  app.addHook("onClose", () => ledger.close());

  app.route({
    method: "GET",
    url: `${PREFIX}/rollouts/:name/exposure`,
    schema: {
      tags: ["pages"],
      operationId: "exposure",
      summary: "Who met which revision: people, sessions, requests, and failures above expectation with their interval",
      params: z.strictObject({ name: nameSchema }),
      querystring: exposureQuerySchema,
      response: {
        200: {
          description: "The ledger, newest release first",
          content: { "application/json": { schema: exposureLedgerSchema }, "text/csv": { schema: z.string() } },
        },
        default: errorBodySchema,
      },
    },
    handler: async ({ params: { name }, query: { release, format } }, reply) => {
      await loaded(deps, name);
      const all = await book.releases(deps.now(), name);
      const asked = release === undefined ? all : all.filter((one) => one.release === release);
      if (release !== undefined && asked.length === 0)
        throw new SerinError("NOT_FOUND", `${name} has no release ${release}`);
      const found = await Promise.all(asked.map((one) => counted(ledger, one)));
      const some = found.filter((one) => one !== null);
      const releases = release === undefined ? some.map(({ points: _many, ...one }) => one) : some;
      const answer: ExposureLedger = { rollout: name, releases };
      if (format === "json") return reply.send(answer);
      const file = `${name}${release === undefined ? "" : `-release-${release}`}-exposure.csv`;
      void reply.header("content-disposition", `attachment; filename="${file}"`);
      return reply.type("text/csv; charset=utf-8").serializer(String).send(exposureCsv(answer));
    },
  });
}

async function counted(ledger: Ledger, the: Release): Promise<ReleaseExposure | null> {
  const { rollout, release, outcome, startedAt, endedAt } = the;
  const found = await ledger.of(rollout, release);
  if (found === null) return null;
  const { countedTo, extra, exposure, points } = found;
  const { since, exact, moves } = exposure;
  return {
    release,
    outcome,
    startedAt,
    endedAt,
    countedFrom: since,
    countedTo,
    exact,
    stable: { revision: the.stable, ...exposure.stable },
    canary: { revision: the.canary, ...exposure.canary },
    extra,
    moves,
    points,
  };
}
