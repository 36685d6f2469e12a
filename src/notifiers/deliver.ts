/**
 * One HTTP delivery and what its answer means. Every failure is NOTIFIER_FAILED with a sentence and
 * `details: { permanent, status?, retryAfterMs?, reason? }`: `permanent` says that sending the same again cannot help.
 * No message repeats an address, a token or a key: what failed is named by where it was configured.
 */
import type { z } from "zod";
import { nameOfSecret, redact, type SecretRef, type Secrets } from "../engine/secrets.ts";
import { parseRetryAfter, unanswered as noAnswer } from "../engine/unanswered.ts";
import { asSerinError, SerinError } from "../errors.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { jsonIn } from "./message.ts";

export interface Delivery {
  /** Who is spoken to, for the sentence: "Slack", "the webhook at https://ops.example". */
  readonly to: string;
  readonly url: URL;
  /** POST unless said. */
  readonly method?: "GET" | "POST" | "PATCH";
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; left out: none. */
  readonly body?: string;
  readonly timeoutMs: number;
  /** Secret values that no message may repeat, besides the address. */
  readonly hide: readonly string[];
  /** An answer's body in words; null: as it stands. */
  readonly words?: (text: string) => string | null;
  /** Why an answer of 200 is none, or null. */
  readonly refusal?: (text: string) => string | null;
  /** How long to wait, where the receiver says so elsewhere than in Retry-After. Milliseconds. */
  readonly wait?: (headers: Headers, now: number) => number | null;
  /** More of an answer than is quoted, for those who read it. */
  readonly answerBytes?: number;
}

/** Answers are quoted, not kept: more than this of one is not read unless asked for, nor waited for longer than this. */
const ANSWER_BYTES = 4096;
const ANSWER_MS = 2000;
const QUOTED_CHARACTERS = 200;

/**
 * Statuses by which a receiver refuses this very message (RFC 9110 15.5): malformed, gone for good, too large, of a type
 * it does not read. All others may pass: a wrong address or an old token waits for somebody to repair it, and a gateway
 * that answers 404 while its service is being replaced for the service.
 */
const final: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);

export const failed = (message: string, details: Record<string, unknown>) =>
  new SerinError("NOTIFIER_FAILED", message, { details });

interface World {
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** Sends once. Resolves with the beginning of the answer when the receiver has taken the message. */
export async function deliver(delivery: Delivery, world: World, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(delivery.timeoutMs);
  const answer = await post(delivery, world.fetch, AbortSignal.any([signal, timeout])).catch((error: unknown) => {
    throw unanswered(delivery, error, signal);
  });
  if (answer.status >= 200 && answer.status < 300) {
    const refusal = delivery.refusal?.(answer.text) ?? null;
    if (refusal === null) return answer.text;
    throw failed(clean(`${delivery.to} did not take the message: ${refusal}`, delivery), {
      permanent: false,
      status: answer.status,
    });
  }
  throw refused(delivery, answer, world.now());
}

/** Answers that are read: a list of some dozen things. */
const READ_BYTES = 1_048_576;

/** Sends once and reads the answer, which is JSON of this shape. */
export async function ask<Shape extends z.ZodType>(
  shape: Shape,
  delivery: Delivery,
  world: World,
  signal: AbortSignal,
): Promise<z.output<Shape>> {
  const text = await deliver({ answerBytes: READ_BYTES, ...delivery }, world, signal);
  const found = shape.safeParse(jsonIn(text));
  if (found.success) return found.data;
  const said = `${delivery.to} answered with something else than was asked for, or was cut short: ${quoted(text)}`;
  throw failed(clean(said, delivery), { permanent: false, reason: "another answer" });
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(delivery: Delivery, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(delivery.url, {
    method: delivery.method ?? "POST",
    headers: {
      "user-agent": "serin",
      ...(delivery.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...delivery.headers,
    },
    ...(delivery.body === undefined ? {} : { body: delivery.body }),
    // A redirect would carry the message, its signature and its headers to somebody who was not named.
    redirect: "manual",
    signal,
  });
  return {
    status: response.status,
    headers: response.headers,
    // The status has been said; a body that breaks off or never ends does not unsay it.
    text: await beginning(response, delivery.answerBytes ?? ANSWER_BYTES),
  };
}

async function beginning({ body }: Response, bytes: number): Promise<string> {
  const reader = body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  const late = setTimeout(() => void reader.cancel().catch(() => {}), ANSWER_MS);
  try {
    for (let size = 0; size < bytes; size += chunks.at(-1)?.byteLength ?? 0) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
    }
    await reader.cancel();
  } catch {
    // It broke off: what has arrived is what was said.
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).subarray(0, bytes).toString("utf8");
}

function refused(delivery: Delivery, { status, headers, text }: Answer, now: number): SerinError {
  const permanent = final.has(status);
  const wait = permanent ? null : (parseRetryAfter(headers.get("retry-after"), now) ?? delivery.wait?.(headers, now));
  const said = status < 400 ? "a redirect, which is not followed" : (delivery.words?.(text.trim()) ?? quoted(text));
  const sentence = `${delivery.to} answered ${status}${said === "" ? "" : `: ${said}`}`;
  return failed(clean(sentence, delivery), {
    permanent,
    status,
    ...(typeof wait === "number" ? { retryAfterMs: wait } : {}),
  });
}

const quoted = (text: string) => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}...` : line;
};

/** Without secrets, and without what would move a terminal's cursor. */
export const blotted = (sentence: string, hide: readonly string[]): string =>
  redact(sentence, hide).replaceAll(/[\s\p{Cc}]+/gu, " ");

const clean = (sentence: string, { hide, url }: Delivery): string => blotted(sentence, [...hide, ...secretParts(url)]);

/** The parts of an address that open doors: everything after the host. */
function secretParts(url: URL): readonly string[] {
  const path = url.pathname + url.search;
  const segments = path.split(/[/?&=]/).filter((part) => part.length >= 8);
  return [url.href, ...(path.length >= 8 ? [path] : []), ...segments, ...segments.map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** No answer at all. The cause stays out: its text can hold the address. */
function unanswered(delivery: Delivery, error: unknown, signal: AbortSignal): SerinError {
  if (signal.aborted)
    return failed(`the delivery to ${delivery.to} was stopped`, { permanent: false, reason: "stopped" });
  if ((error as { name?: string }).name === "TimeoutError") {
    const sentence = `${delivery.to} did not answer within ${formatDuration(delivery.timeoutMs)}`;
    return failed(sentence, { permanent: false, reason: "timeout" });
  }
  const { code, why } = noAnswer(error);
  return failed(`${delivery.to} ${why}`, { permanent: false, reason: code });
}

/**
 * A secret of a notifier. One that is missing is a failure that may pass: it can be set and Serin started again, and
 * the message waits until then.
 */
export async function reading(secrets: Secrets, ref: SecretRef): Promise<string> {
  try {
    return await secrets(ref);
  } catch (error) {
    const { code, message } = asSerinError(error);
    throw failed(`no message can be sent: ${message}`, { permanent: false, reason: code });
  }
}

/** An address that was read from a secret. Its own text never stands in the error. */
export function addressOf(text: string, ref: SecretRef): URL {
  const url = URL.parse(text);
  const wrong = (why: string) => failed(`${nameOfSecret(ref)} ${why}`, { permanent: false, reason: "SECRET_MISSING" });
  if (url === null || !/^https?:$/.test(url.protocol)) throw wrong("holds no http:// or https:// address");
  if (url.username !== "" || url.password !== "")
    throw wrong("holds an address with a user name; use a header instead");
  return url;
}
