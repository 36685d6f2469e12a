/**
 * Any service that answers with JSON, read by JSONPath (RFC 9535). It is asked once for each arm and span.
 *
 *     source:
 *       http:
 *         url: https://stats.example/orders?version={{revision}}&from={{from}}&to={{to}}
 *         counts: { total: $.orders, bad: $.failed }
 */
import { query } from "jsonpath-rfc9535";
import { z } from "zod";
import type { Arm, Counts, Measurement } from "../analysis/measurement.ts";
import { SerinError } from "../errors.ts";
import { amountsOf, tickedAmounts, type MeanQuery } from "./amounts.ts";
import { parsed, quoted, type Asker } from "./asking/asker.ts";
import { askerOf, httpShape, whomOf } from "./asking/http.ts";
import { messageIn } from "./asking/words.ts";
import { asCounts, spanwise, ticked, valueOrNot, whole } from "./numbers.ts";
import {
  answering,
  checkWords,
  numberShape,
  ofBoth,
  offered,
  paceShape,
  questionText,
  wordsShape,
  type CountQuestions,
  type Look,
} from "./questions.ts";
import { defineMetricSource } from "./source.ts";

const pathShape = numberShape("JSONPath", "$.orders", (text) =>
  text.refine(isPath, "expected a JSONPath (RFC 9535), such as $.orders"),
);

function isPath(text: string): boolean {
  try {
    query(null, text);
    return true;
  } catch {
    return false;
  }
}

const bare = (url: string) => url.replaceAll(/\{\{[^{}]*\}\}/g, "x");

function isUrl(text: string): boolean {
  const url = URL.parse(bare(text));
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

const config = z
  .strictObject({
    url: questionText("address", "https://stats.example/orders?version={{revision}}&from={{from}}&to={{to}}")
      .refine(isUrl, "expected an http:// or https:// address without user name")
      .describe("what is asked; what is put in is encoded"),
    method: z.enum(["GET", "POST"]).default("GET").describe("how it is asked"),
    body: questionText("body", `{ "version": "{{revision}}" }`).optional().describe("what is sent with it, for POST"),
    contentType: z.string().min(1).max(200).default("application/json").describe("what the body is"),
    ...pathShape,
    amounts: questionText("JSONPath", "$.requests[*].tokens")
      .refine(isPath, "expected a JSONPath (RFC 9535), such as $.requests[*].tokens")
      .optional()
      .describe("how much each was: every number that the path finds, for mean gates"),
    ...wordsShape,
    ...httpShape,
    ...paceShape("15s", "5s"),
  })
  .superRefine((written, ctx) => {
    const { url, body, counts, value, amounts } = written;
    const texts = [{ text: url, path: ["url"] }, ...(body === undefined ? [] : [{ text: body, path: ["body"] }])];
    if (counts === undefined && value === undefined && amounts === undefined)
      ctx.addIssue({ code: "custom", message: "expected a question: counts, value or amounts" });
    checkWords(written, texts, counts !== undefined || amounts !== undefined, ctx);
  })
  .describe("any service that answers with JSON");

type Settings = z.output<typeof config>;

export const http = defineMetricSource({
  name: "http",
  config,
  offers: offered,
  create(settings, deps) {
    const address = new URL(bare(settings.url)).origin;
    const ask = askerOf("the service", { ...settings, address }, deps, messageIn);
    const service: Service = { settings, whom: whomOf("the service", address), ask };
    const source = answering({
      name: service.whom,
      rollout: deps.rollout,
      questions: settings,
      answers: {
        counts: (questions, look) => countsFrom(service, questions, look),
        mean: (query, look) => amountsFrom(service, settings.amounts ?? "", query, look),
        value: async (path, look) =>
          valueOrNot(numberAt(await answerFor(service, look.arm, look), path, service.whom), look.window),
      },
    });
    return spanwise(source, settings.interval);
  },
});

interface Service {
  readonly settings: Settings;
  readonly whom: string;
  readonly ask: Asker;
}

async function countsFrom(
  service: Service,
  questions: Readonly<Record<Arm, CountQuestions>>,
  look: Look,
): Promise<Measurement> {
  const counted = await ofBoth(async (arm): Promise<Counts> => {
    const answer = await answerFor(service, arm, look);
    const of = (path: string) => whole(numberAt(answer, path, service.whom) ?? 0, path);
    return asCounts(of(questions[arm].total), of(questions[arm].part), questions[arm], arm);
  });
  return ticked(counted, look.window, look.split.plan);
}

async function amountsFrom(service: Service, path: string, range: MeanQuery, look: Look): Promise<Measurement> {
  const found = await ofBoth(async (arm) => {
    const answer = await answerFor(service, arm, look);
    const all: readonly unknown[] = query(answer as Parameters<typeof query>[0], path);
    return amountsOf(
      all.map((value) => [numberOf(value, path, service.whom), 1] as const),
      range,
    );
  });
  return tickedAmounts(found, range, look.window, look.split.plan);
}

function numberOf(value: unknown, path: string, whom: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw wrong(whom, quoted(JSON.stringify(value)), path);
}

async function answerFor({ settings, whom, ask }: Service, arm: Arm, look: Look): Promise<unknown> {
  const { url, method, body, contentType } = settings;
  const asked = {
    url: new URL(look.fill(url, arm, encodeURIComponent)),
    method,
    headers: body === undefined ? {} : { "content-type": contentType },
    ...(body === undefined ? {} : { body: look.fill(body, arm) }),
  };
  return parsed(await ask(asked, look.signal), whom);
}

/** What a path finds: one number, or text that is one. Undefined where it finds null; many or none is a mistake. */
function numberAt(answer: unknown, path: string, whom: string): number | undefined {
  const found: readonly unknown[] = query(answer as Parameters<typeof query>[0], path);
  if (found.length !== 1) throw wrong(whom, `${found.length} values`, path);
  const [value] = found;
  return value === null ? undefined : numberOf(value, path, whom);
}

const wrong = (whom: string, found: string, path: string) =>
  new SerinError("SOURCE_FAILED", `${whom} answered with ${found} at ${path}, where one number was asked for`);
