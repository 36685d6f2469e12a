/**
 * Kayenta's remote judge: what its `RemoteJudge-v1.0` posts is judged as its own judge would have judged it. With
 * `kayenta.remote-judge.endpoint.baseUrl` set to this server, an existing Kayenta decides by it. See docs/kayenta.md.
 */
import { z } from "zod";
import { judgeCanary, judgeResultJson } from "../../analysis/kayenta/judge.ts";
import { errorBodySchema } from "../wire.ts";
import type { App } from "../wiring.ts";

/** A hundred metrics of a day by the minute are 10 MB. */
const JUDGE_LIMIT = 16 * 1_048_576;

const input = z.looseObject({
  canaryConfig: z.unknown().describe("Kayenta's canary config"),
  scoreThresholds: z.unknown().describe("{ pass, marginal }"),
  metricSetPairList: z.unknown().describe("Kayenta's metric set pairs; NaN is written as a word"),
});

export function judgeRoutes(app: App): void {
  app.route({
    method: "POST",
    url: "/judge",
    config: { reads: "json" },
    bodyLimit: JUDGE_LIMIT,
    schema: {
      tags: ["kayenta"],
      operationId: "judge",
      summary: "NetflixACAJudge-v1.0, field for field: what Kayenta's RemoteJudge posts and what it expects",
      body: input,
      response: {
        200: {
          description: "Kayenta's judge result",
          content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
        },
        default: errorBodySchema,
      },
    },
    handler: async ({ body: { canaryConfig, scoreThresholds, metricSetPairList } }, reply) => {
      const text = judgeResultJson(judgeCanary({ canaryConfig, scoreThresholds, metricSetPairList }));
      // Written by hand, for numbers that JSON has no digits for are words there.
      return reply.type("application/json").send(text as unknown as Record<string, unknown>);
    },
  });
}
