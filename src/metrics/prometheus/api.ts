/** Prometheus' HTTP API as far as it is needed: one question at one moment. VictoriaMetrics, Thanos and Mimir answer alike. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { below } from "../asking/address.ts";
import { parsed, quoted, type Asker } from "../asking/asker.ts";

export type Labels = Readonly<Record<string, string>>;

const sample = z.tuple([z.number(), z.string()]);

/** Which side of a bucket is closed says nothing that matters here: [rule, lower, upper, count]. */
const nativeSchema = z.object({
  count: z.string(),
  buckets: z.array(z.tuple([z.number(), z.string(), z.string(), z.string()])).default([]),
});
const nativeSample = z.tuple([z.number(), nativeSchema]);

const metric = z.record(z.string(), z.string());

const resultSchema = z.discriminatedUnion("resultType", [
  z.object({
    resultType: z.literal("matrix"),
    result: z.array(
      z.object({ metric, values: z.array(sample).default([]), histograms: z.array(nativeSample).default([]) }),
    ),
  }),
  z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric, value: sample.optional() })),
  }),
  z.object({ resultType: z.literal("scalar"), result: sample }),
  z.object({ resultType: z.literal("string"), result: sample }),
]);

const answerSchema = z.object({
  status: z.literal("success"),
  data: resultSchema,
  warnings: z.array(z.string()).default([]),
});

export type Result = z.output<typeof resultSchema>;
export type Matrix = Extract<Result, { resultType: "matrix" }>["result"];

export interface PrometheusApi {
  /** Whom sentences name. */
  readonly whom: string;
  query(text: string, at: number, signal: AbortSignal): Promise<{ result: Result; warnings: readonly string[] }>;
}

const errorSchema = z.object({ status: z.literal("error"), error: z.string() });

/** `{"status":"error","errorType":"bad_data","error":"..."}`, as every one of them answers. */
export function errorWords(text: string): string | null {
  try {
    return quoted(errorSchema.parse(JSON.parse(text)).error);
  } catch {
    return null;
  }
}

export function prometheusApi(whom: string, address: string, ask: Asker): PrometheusApi {
  const url = below(address, "/api/v1/query");
  return {
    whom,
    async query(text, at, signal) {
      const body = new URLSearchParams({ query: text, time: (at / 1000).toFixed(3) }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const answer = answerSchema.safeParse(parsed(await ask({ url, method: "POST", headers, body }, signal), whom));
      if (answer.success) return { result: answer.data.data, warnings: answer.data.warnings };
      throw new SerinError("SOURCE_FAILED", `${whom} answered with something that is no answer of Prometheus`);
    },
  };
}
