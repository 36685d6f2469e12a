/**
 * Amazon CloudWatch (`GetMetricData`). A question is an expression (metric mathematics or Metrics Insights), or a list of
 * MetricDataQuery in JSON, of which one returns data.
 *
 *     source:
 *       cloudwatch:
 *         region: eu-central-1
 *         counts:
 *           total: SELECT SUM(RequestCount) FROM "AWS/ApplicationELB" WHERE TargetGroup = '{{group}}'
 *           bad: SELECT SUM(HTTPCode_Target_5XX_Count) FROM "AWS/ApplicationELB" WHERE TargetGroup = '{{group}}'
 *         stable: { group: targetgroup/shop-stable/6d0ecf831eec9f09 }
 *         canary: { group: targetgroup/shop-canary/943f017f100becff }
 */
import { z } from "zod";
import { SerinError } from "../errors.ts";
import { addressSchema } from "./asking/address.ts";
import { parsed } from "./asking/asker.ts";
import { plainShape } from "./asking/http.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { keysShape, regionSchema, sigV4Prover } from "./asking/sigv4.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";

const config = z
  .strictObject({
    region: regionSchema,
    ...keysShape,
    address: addressSchema.optional().describe("another endpoint than the region's own, such as a VPC's"),
    ...numberShape("expression", `SELECT SUM(RequestCount) FROM "AWS/ApplicationELB" WHERE TargetGroup = '{{group}}'`),
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "3m"),
  })
  .superRefine(checkQuestions)
  .describe("Amazon CloudWatch");

const answerSchema = z.object({
  MetricDataResults: z.array(
    z.object({ Timestamps: z.array(z.number()), Values: z.array(z.number()), StatusCode: z.string() }),
  ),
  NextToken: z.string().nullish(),
});

export const cloudwatch = defineMetricSource({
  name: "cloudwatch",
  config,
  offers: offered,
  create(settings, deps) {
    const address = settings.address ?? `https://monitoring.${settings.region}.amazonaws.com`;
    const prover = sigV4Prover({ ...settings, service: "monitoring" }, deps);
    const service = serviceOf("CloudWatch", { ...settings, address }, deps, prover);
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "GraniteServiceVersion20100801.GetMetricData",
    };
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const body = JSON.stringify({
        MetricDataQueries: queriesIn(text, (window.to - window.from) / 1000, service.whom),
        StartTime: window.from / 1000,
        EndTime: window.to / 1000,
        ScanBy: "TimestampAscending",
      });
      const asked = { url: new URL(address), method: "POST", headers, body } as const;
      return numbersIn(await service.json(answerSchema, asked, signal), service.whom);
    });
  },
});

const queriesSchema = z.array(z.looseObject({ Id: z.string() })).min(1);

function queriesIn(text: string, seconds: number, whom: string): unknown {
  if (!text.trimStart().startsWith("[")) return [{ Id: "q", Expression: text, Period: seconds }];
  const queries = queriesSchema.safeParse(parsed(text, "the question"));
  if (queries.success) return queries.data;
  throw new SerinError("SOURCE_FAILED", `the question for ${whom} is no list of MetricDataQuery`);
}

function numbersIn({ MetricDataResults, NextToken }: z.output<typeof answerSchema>, whom: string): readonly number[] {
  if (MetricDataResults.length > 1)
    throw new SerinError(
      "SOURCE_FAILED",
      `${whom} answered with ${MetricDataResults.length} series where one was asked for: say ReturnData: false for the others`,
    );
  const [result] = MetricDataResults;
  if (result === undefined) return [];
  if (result.StatusCode !== "Complete" || (NextToken ?? "") !== "")
    throw new SerinError("SOURCE_FAILED", `${whom} answered in part only (${result.StatusCode})`);
  return result.Values;
}
