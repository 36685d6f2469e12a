/**
 * The API as the command line uses it: one method a route, over `fetch`. Whatever comes back is checked against the
 * schemas of `wire.ts`; a newer server may say more than they know. Every failure is a SerinError.
 */
import type { z } from "zod";
import { errorKinds, SerinError, type ErrorCode } from "../errors.ts";
import type * as Wire from "../http/wire.ts";
import type {
  EventPage,
  EventView,
  Explanation,
  PutResult,
  RolloutList,
  RolloutView,
  SignalRequest,
  SignalResult,
  Version,
} from "../http/wire.ts";
import type { TestResult } from "../http/wire-messages.ts";
import type { Shell } from "./shell.ts";
import { blocks } from "./sse.ts";

export interface Endpoint {
  /** Base URL, e.g. http://127.0.0.1:7077 */
  readonly url: string;
  readonly token: string | null;
  /** What else to say when nobody answers there. */
  readonly hint?: string | undefined;
}

interface Ask {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: { readonly type: string; readonly text: string };
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long an answer may take that does not wait for anything. */
const PATIENCE_MS = 15_000;
/** Notifiers wait a minute for an answer at most, and some ask twice. */
const TEST_PATIENCE_MS = 140_000;
/** Without a byte (there are heartbeats every 15 s) a stream is dead. */
const STREAM_SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

type Schemas = typeof Wire;

/** Events from a stream that is taken up again by itself; `at` tells where the journal stood when it was opened. */
export type Streamed = { readonly at: number } | { readonly event: EventView } | { readonly lost: SerinError };

export class Client {
  readonly endpoint: Endpoint;
  readonly #shell: Pick<Shell, "fetch" | "user" | "sleep" | "now">;

  constructor(endpoint: Endpoint, shell: Pick<Shell, "fetch" | "user" | "sleep" | "now">) {
    this.endpoint = endpoint;
    this.#shell = shell;
  }

  version(signal?: AbortSignal): Promise<Version> {
    return this.#json("versionSchema", "/v1/version", { signal });
  }

  list(signal?: AbortSignal): Promise<RolloutList> {
    return this.#json("rolloutListSchema", "/v1/rollouts", { signal });
  }

  get(name: string, signal?: AbortSignal): Promise<RolloutView> {
    return this.#json("rolloutSchema", rolloutPath(name), { signal });
  }

  /** Sends a document as written. */
  put(name: string, text: string): Promise<PutResult> {
    return this.#json("putResultSchema", rolloutPath(name), {
      method: "PUT",
      body: { type: "application/yaml", text },
    });
  }

  /** `stop`: its gateway ends too. Throws CONFLICT while a release is under way, or its gateway serves. */
  async remove(name: string, { stop = false } = {}): Promise<void> {
    await this.#ask(`${rolloutPath(name)}${stop ? "?stop=true" : ""}`, { method: "DELETE" });
  }

  /** Asks, and waits up to `waitMs` (at most 60 s) until the engine has taken it. Throws CONFLICT when it is refused. */
  signal(name: string, asked: SignalRequest, waitMs = 10_000): Promise<SignalResult> {
    const seconds = Math.min(60, Math.max(0, waitMs / 1000));
    return this.#json("signalResultSchema", `${rolloutPath(name)}/signals`, {
      method: "POST",
      query: waitMs === 0 ? {} : { wait: "true", timeout: seconds },
      body: { type: "application/json", text: JSON.stringify(asked) },
      timeoutMs: PATIENCE_MS + seconds * 1000,
    });
  }

  /** Sends a test message through each notification, or through one. As slow as its slowest receiver. */
  async testNotifications(name: string, only?: string): Promise<TestResult> {
    const text = JSON.stringify(only === undefined ? {} : { only });
    const response = await this.#ask(`${rolloutPath(name)}/notifications/test`, {
      method: "POST",
      body: { type: "application/json", text },
      timeoutMs: TEST_PATIENCE_MS,
    });
    return parsed(await response.text(), this.endpoint.url) as TestResult;
  }

  page(name: string, after: number, limit: number, signal?: AbortSignal): Promise<EventPage> {
    return this.#json("eventPageSchema", `${rolloutPath(name)}/events`, { query: { after, limit }, signal });
  }

  /** All events after `after`, oldest first, to the present end of the journal. */
  async *journal(name: string, after = 0, signal?: AbortSignal): AsyncGenerator<EventView> {
    const limit = 500;
    for (let next = after; ;) {
      const page = await this.page(name, next, limit, signal);
      yield* page.events;
      if (page.events.length < limit) return;
      next = page.next;
    }
  }

  explain(name: string, gate?: string, signal?: AbortSignal): Promise<Explanation> {
    return this.#json("explanationSchema", `${rolloutPath(name)}/explain`, { query: { gate }, signal });
  }

  /** What a route answers that is described beside `wire.ts`, unchecked. */
  async read(path: string, query: NonNullable<Ask["query"]> = {}, signal?: AbortSignal): Promise<unknown> {
    const response = await this.#ask(path, { query, signal });
    return parsed(await response.text(), this.endpoint.url);
  }

  /** The same as it comes, piece by piece. */
  async *pieces(path: string, query: NonNullable<Ask["query"]>, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#ask(path, { query, signal, timeoutMs: Infinity });
    const text = new TextDecoder();
    for await (const piece of response.body ?? []) yield text.decode(piece as Uint8Array, { stream: true });
    yield text.decode();
  }

  /** Where the journal stands now. */
  async lastSeq(): Promise<number> {
    const enough = new AbortController();
    try {
      for await (const streamed of this.stream({ signal: enough.signal, patienceMs: 0 })) {
        if ("at" in streamed) return streamed.at;
      }
    } finally {
      enough.abort();
    }
    throw new SerinError("UNREACHABLE", `the stream of ${this.endpoint.url} does not say where it begins`);
  }

  /**
   * Live events; what was missed while the connection was down follows first (Last-Event-ID). A lost connection is told
   * once (`lost`) and tried again, ever more slowly, until nobody has answered for `patienceMs`: then it throws.
   * Ends when `signal` aborts.
   */
  async *stream(from: {
    readonly rollout?: string | undefined;
    readonly after?: number | undefined;
    readonly signal: AbortSignal;
    readonly patienceMs?: number;
  }): AsyncGenerator<Streamed> {
    let position = from.after === undefined ? "" : String(from.after);
    let answered = this.#shell.now();
    for (let tries = 0; !from.signal.aborted; tries++) {
      try {
        for await (const block of this.#connect(from.rollout, position, from.signal)) {
          answered = this.#shell.now();
          tries = 0;
          position = block.id;
          yield block.data === null ? { at: Number(block.id) } : { event: await this.#event(block.data) };
        }
      } catch (thrown) {
        if (from.signal.aborted) return;
        const error = this.#unreached(thrown);
        const outwaited = this.#shell.now() - answered >= (from.patienceMs ?? 60_000);
        if (!error.kind.retry || outwaited) throw error;
        if (tries === 0) yield { lost: error };
      }
      await this.#shell.sleep(Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS), from.signal);
    }
  }

  async *#connect(rollout: string | undefined, position: string, signal: AbortSignal) {
    const silent = new AbortController();
    const heard = () => setTimeout(() => silent.abort(new Error("the stream fell silent")), STREAM_SILENCE_MS).unref();
    let timer = heard();
    const response = await this.#ask("/v1/events", {
      query: { rollout },
      headers: { accept: "text/event-stream", ...(position === "" ? {} : { "last-event-id": position }) },
      timeoutMs: Infinity,
      signal: AbortSignal.any([signal, silent.signal]),
    });
    const pulse = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, out) {
        clearTimeout(timer);
        timer = heard();
        out.enqueue(bytes);
      },
    });
    try {
      if (response.body !== null) yield* blocks(response.body.pipeThrough(pulse), position);
    } finally {
      clearTimeout(timer);
    }
  }

  async #event(text: string): Promise<EventView> {
    return this.#checked("eventSchema", parsed(text, this.endpoint.url)) as Promise<EventView>;
  }

  async #json<T>(schema: keyof Schemas, path: string, ask: Ask): Promise<T> {
    const response = await this.#ask(path, ask);
    const text = await response.text().catch((thrown: unknown) => {
      throw this.#unreached(thrown);
    });
    return (await this.#checked(schema, parsed(text, this.endpoint.url))) as T;
  }

  async #checked(name: keyof Schemas, body: unknown): Promise<unknown> {
    const schema = (await import("../http/wire.ts"))[name] as z.ZodType;
    const found = schema.safeParse(body);
    if (found.success || found.error.issues.every(({ code }) => code === "unrecognized_keys")) return body;
    const { path, message } =
      found.error.issues.find(({ code }) => code !== "unrecognized_keys") ?? found.error.issues[0];
    throw new SerinError(
      "INTERNAL",
      `${this.endpoint.url} answered what this serin does not understand (${path.join(".") || "the answer"}: ${message}); compare \`serin version\``,
    );
  }

  /** The response, if it is a good one. Throws what the server says, or UNREACHABLE. */
  async #ask(path: string, ask: Ask): Promise<Response> {
    const url = new URL(path, this.endpoint.url);
    for (const [key, value] of Object.entries(ask.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const response = await this.#fetch(url, ask).catch((thrown: unknown) => {
      throw this.#unreached(thrown);
    });
    if (response.ok) return response;
    throw await refusal(response, this.endpoint.url);
  }

  #fetch(url: URL, ask: Ask): Promise<Response> {
    const { token } = this.endpoint;
    const limit = ask.timeoutMs ?? PATIENCE_MS;
    const signals = [ask.signal, limit === Infinity ? undefined : AbortSignal.timeout(limit)].filter(
      (s) => s !== undefined,
    );
    return this.#shell.fetch(url, {
      method: ask.method ?? "GET",
      redirect: "manual", // a token goes where it was meant to go and nowhere else
      signal: AbortSignal.any(signals),
      ...(ask.body === undefined ? {} : { body: ask.body.text }),
      headers: {
        ...ask.headers,
        ...(ask.body === undefined ? {} : { "content-type": ask.body.type }),
        ...(token === null
          ? { "serin-user": encodeURIComponent(this.#shell.user) }
          : { authorization: `Bearer ${token}` }),
      },
    });
  }

  #unreached(thrown: unknown): SerinError {
    if (thrown instanceof SerinError) return thrown;
    const { hint, url } = this.endpoint;
    return new SerinError("UNREACHABLE", `no Serin server answers at ${url}: ${why(thrown)}`, {
      cause: thrown,
      ...(hint === undefined ? {} : { details: { hint } }),
    });
  }
}

const rolloutPath = (name: string) => `/v1/rollouts/${encodeURIComponent(name)}`;

/** fetch says "fetch failed" and hides the reason in its cause. */
function why(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === "TimeoutError") return "it took too long";
  const { cause } = thrown;
  if (cause instanceof AggregateError && cause.errors.length > 0) return why(cause.errors[0]);
  if (cause instanceof Error) return why(cause);
  const code = (thrown as { code?: unknown }).code;
  return thrown.message === "" && typeof code === "string" ? code : thrown.message;
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SerinError("INTERNAL", `what answers at ${url} is not a Serin server`);
  }
}

/** What the server says of a request it did not like. A foreign server is met as UNREACHABLE: ours is not there. */
async function refusal(response: Response, url: string): Promise<SerinError> {
  const body: unknown = await response.json().catch(() => null);
  const error = (body as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)?.error;
  if (typeof error?.code !== "string" || typeof error.message !== "string") {
    return new SerinError("UNREACHABLE", `what answers at ${url} is not a Serin server: it said ${response.status}`);
  }
  const details = typeof error.details === "object" && error.details !== null ? { ...error.details } : {};
  if (error.code in errorKinds) return new SerinError(error.code as ErrorCode, error.message, { details });
  return new SerinError(nearestCode(response.status), `${error.message} (${error.code})`, { details });
}

/** A newer server may have codes that we do not know: its status says enough. */
function nearestCode(status: number): ErrorCode {
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  if (status === 409) return "CONFLICT";
  return status < 500 ? "USAGE" : "UNREACHABLE";
}
