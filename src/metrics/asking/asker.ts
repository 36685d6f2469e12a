/**
 * Asking over HTTP: one question, one answer in full, within a time. What may pass is asked again with back-off; who
 * fails again and again is left alone for a while, and who says "not so often" is taken at his word. Every failure is
 * SOURCE_FAILED with a sentence, which never repeats a secret.
 */
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  isBrokenCircuitError,
  retry,
  wrap,
  type CircuitBreakerPolicy,
} from "cockatiel";
import { redact } from "../../engine/secrets.ts";
import { parseRetryAfter, unanswered } from "../../engine/unanswered.ts";
import { asSerinError, SerinError } from "../../errors.ts";
import { formatDuration } from "../../rollout/amounts.ts";

export interface Asked {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What proves who asks. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  /** What no message may repeat. */
  readonly hide: readonly string[];
}

export interface Prover {
  prove(asked: Asked, signal: AbortSignal): Promise<Proof>;
  /** The proof was not accepted; whether a fresh one can be had. */
  refused(): boolean;
}

export interface AskerParts {
  /** Who is asked, for the sentence: "Prometheus at http://127.0.0.1:9090". */
  readonly whom: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly prover: Prover;
  /** An error's body in words; null: as it stands. */
  readonly words?: (text: string) => string | null;
}

/** The text of a good answer. Throws SOURCE_FAILED, or the reason of an abort. */
export type Asker = (asked: Asked, signal: AbortSignal) => Promise<string>;

const TRIES = 2;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2000;
/** Failures in a row until somebody is left alone, and for how long: longer each time. */
const FAILURES = 5;
const REST_MS = { first: 5000, longest: 60_000 };
const CONCURRENCY = 4;
/** Series of a thousand instances fit easily; what is longer was asked by mistake. */
const ANSWER_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 300;

/** Statuses that may pass (RFC 9110 15.6, RFC 6585 4); all others say that the question or the key is wrong. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const failed = (message: string, again: boolean) => new SerinError("SOURCE_FAILED", message, { details: { again } });
const mayPass = (error: unknown) => error instanceof SerinError && error.details["again"] === true;

export function createAsker(parts: AskerParts): Asker {
  const backoff = new ExponentialBackoff({ initialDelay: FIRST_WAIT_MS, maxDelay: LONGEST_WAIT_MS });
  const rest = new ExponentialBackoff({ initialDelay: REST_MS.first, maxDelay: REST_MS.longest });
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: rest, breaker: new ConsecutiveBreaker(FAILURES) });
  const again = retry(handleWhen(mayPass), { maxAttempts: TRIES, backoff });
  const policy = wrap(bulkhead(CONCURRENCY, Infinity), again);
  const quiet = { until: 0 };
  let last = "";
  return async (asked, signal) => {
    signal.throwIfAborted();
    const ask = () =>
      once(parts, quiet, asked, signal).catch((thrown: unknown) => {
        last = asSerinError(thrown).message;
        throw thrown;
      });
    try {
      return await policy.execute(() => withoutAborts(breaker, ask, signal), signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (isBrokenCircuitError(thrown))
        throw failed(
          `${parts.whom} has failed again and again and is left alone for a while; the last time: ${last}`,
          false,
        );
      throw asSerinError(thrown, "SOURCE_FAILED");
    }
  };
}

const aborted = Symbol("aborted");

/** A look that nobody waits for any more says nothing about who was asked: the breaker does not count it. */
async function withoutAborts(
  breaker: CircuitBreakerPolicy,
  ask: () => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  const answer = await breaker.execute(() =>
    ask().catch((thrown: unknown): typeof aborted => {
      if (signal.aborted) return aborted;
      throw thrown;
    }),
  );
  if (answer === aborted) throw signal.reason as Error;
  return answer;
}

async function once(parts: AskerParts, quiet: { until: number }, asked: Asked, signal: AbortSignal): Promise<string> {
  const { whom, prover, now } = parts;
  if (now() < quiet.until)
    throw failed(`${whom} asked not to be asked for another ${formatDuration(quiet.until - now())}`, false);
  const { proof, answer } = await inTime(parts, signal, async (limited) => {
    const proof = await prover.prove(asked, limited);
    return { proof, answer: await exchange(parts, asked, proof, limited) };
  });
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  const wait = passing.has(answer.status) ? parseRetryAfter(answer.retryAfter, now()) : null;
  if (wait !== null) quiet.until = now() + wait;
  const fresh = answer.status === 401 && prover.refused();
  throw failed(refusal(parts, answer, proof), fresh || (passing.has(answer.status) && wait === null));
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** What proves who asks may have to be fetched first: one time for both. */
async function inTime<T>(
  { whom, timeoutMs }: AskerParts,
  signal: AbortSignal,
  ask: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(AbortSignal.any([signal, timeout]));
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof SerinError) throw thrown;
    if (timeout.aborted) throw failed(`${whom} did not answer within ${formatDuration(timeoutMs)}`, true);
    throw failed(`${whom} ${unanswered(thrown).why}`, true);
  }
}

async function exchange(parts: AskerParts, asked: Asked, proof: Proof, signal: AbortSignal): Promise<Answer> {
  const response = await parts.fetch(asked.url, {
    method: asked.method,
    headers: { "user-agent": "serin", accept: "application/json", ...asked.headers, ...proof.headers },
    ...(asked.body === undefined ? {} : { body: asked.body }),
    // a redirect would carry the question and its proof to somebody who was not named
    redirect: "manual",
    signal,
  });
  const text = await textOf(response, parts.whom);
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text };
}

async function textOf(response: Response, whom: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).byteLength;
    if (size > ANSWER_BYTES) throw failed(`${whom} answered with more than 16 MiB: ask for less`, false);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusal({ whom, words }: AskerParts, { status, text }: Answer, { hide }: Proof): string {
  if (status >= 300 && status < 400) return `${whom} answered ${status}: a redirect, which is not followed`;
  const said = words?.(text) ?? quoted(text);
  return clean(`${whom} answered ${status}${said === "" ? "" : `: ${said}`}`, hide);
}

/** As much of a text as fits into a sentence, on one line. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}...` : line;
}

const clean = (sentence: string, hide: readonly string[]) => redact(sentence, hide).replaceAll(/[\s\p{Cc}]+/gu, " ");

/** JSON of an answer. Throws SOURCE_FAILED for what is none: a web page, half an answer. */
export function parsed(text: string, whom: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = /^\s*</.test(text) ? "a web page" : text.trim() === "" ? "nothing" : "something that is no JSON";
    throw failed(`${whom} answered with ${what}`, false);
  }
}
