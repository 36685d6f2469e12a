/** A document tried on what a rollout has recorded: what it would have taken back of the past, and what falsely. */
import { z } from "zod";
import type { Records } from "../../engine/ports.ts";
import { backtestAside, stableOf } from "../../sim/backtest-aside.ts";
import { backtestSentences } from "../../sim/backtest-words.ts";
import { seriesOfRecord } from "../../sim/history/of-record.ts";
import type { Series } from "../../sim/history/series.ts";
import { errorBodySchema, nameSchema, PREFIX } from "../wire.ts";
import { backtestSchema, type BacktestAnswer } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

/** Releases that are looked back, and measurements that are read of each: about two hours of three gates. */
const RELEASES = 8;
const MOST = 40_000;
/** Ways in which a quiet time is split. */
const SPLITS = 20;
const PATIENCE_MS = 60_000;

export function backtestRoutes(app: App, { deps }: Wiring): void {
  app.route({
    method: "POST",
    url: `${PREFIX}/rollouts/:name/backtest`,
    config: { reads: "document" },
    handlerTimeout: PATIENCE_MS,
    schema: {
      tags: ["study"],
      operationId: "backtest",
      summary:
        "Tries a document on the recorded releases of a rollout: what it would have taken back, and what falsely",
      params: z.strictObject({ name: nameSchema }),
      response: { 200: backtestSchema, default: errorBodySchema },
    },
    handler: async ({ params: { name }, body }): Promise<BacktestAnswer> => {
      const { status } = await loaded(deps, name);
      const parsed = deps.parse(body as string);
      const spec = deps.specOf(parsed.name, parsed.document);
      const series = await recorded(deps.records, name, status.release);
      const found = await backtestAside({ spec, series: [...series, ...series.map(stableOf)], splits: SPLITS });
      return {
        sentences: [...backtestSentences(found, spec.promise)],
        releases: [...found.releases].map((one) => ({ ...one, guilty: [...one.guilty] })),
        quiet: [...found.quiet].map((one) => ({ ...one, guilty: [...one.guilty] })),
        skipped: [...found.skipped],
      };
    },
  });
}

async function recorded(records: Records, name: string, newest: number): Promise<Series[]> {
  const found: Series[] = [];
  for (let release = newest; release > 0 && found.length < RELEASES; release--) {
    const beginning = await records.beginning(name, release);
    if (beginning === null) continue;
    const [documents, commits, measurements] = await Promise.all([
      records.documents(name),
      records.commits(name, { release, limit: MOST }),
      records.measurements(name, { release, limit: MOST }),
    ]);
    found.push(seriesOfRecord({ rollout: name, release, beginning, documents, commits, measurements }));
  }
  return found;
}
