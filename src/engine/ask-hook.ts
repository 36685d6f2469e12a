/** Asking a hook: one POST of JSON. 200 to 299 is yes, any other answer is no, and no answer is neither. */
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import { SerinError } from "../errors.ts";
import { flaggerBody, flaggerPhase } from "./flagger-hook.ts";
import type { Loaded } from "./ports.ts";

export interface HookDeps {
  readonly fetch: typeof globalThis.fetch;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Answers are quoted, not kept. */
const QUOTED_BYTES = 200;

/** Throws SOURCE_FAILED when there was no answer. */
export async function askHook(
  hook: Hook,
  rollout: string,
  { status }: Pick<Loaded, "status">,
  deps: HookDeps,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const body = JSON.stringify(
    hook.format === "flagger" ? asFlagger(hook, rollout, status) : own(hook, rollout, status),
  );
  for (let tries = 0; ; tries++) {
    const answer = await tryOnce(hook, body, deps.fetch, signal).catch((thrown: unknown) => {
      if (tries >= hook.retries || signal.aborted) throw thrown;
      return null;
    });
    if (answer !== null && (tries >= hook.retries || !isPassing(answer.status))) return answer.answer;
    await deps.sleep(retryMs(tries), signal);
  }
}

/** What may be better a moment later. */
const isPassing = (status: number) => status === 429 || (status >= 500 && status !== 501);

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const retryMs = (tries: number) => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);

/** How long one question may take at most: every try its time, and the rests between them. */
export function patienceOf({ timeoutMs, retries }: Pick<Hook, "timeoutMs" | "retries">): number {
  const rests = Array.from({ length: retries }, (_none, tries) => retryMs(tries));
  return rests.reduce((sum, rest) => sum + rest, timeoutMs * (retries + 1));
}

function own({ name, on, metadata }: Hook, rollout: string, status: Loaded["status"]) {
  const { release, phase, stable, canary, plan, step, steps } = status;
  const question = {
    rollout,
    release,
    phase,
    stable: stable.revision,
    canary: canary?.revision ?? null,
    weight: plan.canaryWeight / 100,
    step: step + 1,
    steps: steps.length,
  };
  return { hook: name, on, ...question, metadata };
}

function asFlagger(hook: Hook, rollout: string, status: Loaded["status"]) {
  const { release } = status;
  return flaggerBody(hook, { rollout, release, phase: flaggerPhase(hook, status), metadata: hook.metadata });
}

interface Tried {
  readonly status: number;
  readonly answer: HookAnswer;
}

async function tryOnce(hook: Hook, body: string, fetch: HookDeps["fetch"], stop: AbortSignal): Promise<Tried> {
  let response: Response;
  // each try has the hook's own time; without retries the engine's clock is the only one
  const signal = hook.retries === 0 ? stop : AbortSignal.any([stop, AbortSignal.timeout(hook.timeoutMs)]);
  try {
    const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "serin" };
    response = await fetch(hook.url, { method: "POST", headers, body, redirect: "manual", signal });
  } catch (cause) {
    throw new SerinError("SOURCE_FAILED", `it did not answer: ${reasonOf(cause)}`, { cause });
  }
  const { ok, status } = response;
  const text = await beginning(response);
  const answer: HookAnswer = ok
    ? { said: "yes", reason: text }
    : { said: "no", reason: `${status}${text === "" ? "" : `: ${text}`}` };
  return { status, answer };
}

function reasonOf(thrown: unknown): string {
  const { name, cause } = thrown as { name?: string; cause?: { code?: string } };
  return name === "TimeoutError" ? "the time was over" : (cause?.code ?? String(thrown));
}

async function beginning(response: Response): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString("utf8");
      if (text.length >= QUOTED_BYTES) break;
    }
  } catch {
    // the status has been said; a body that breaks off does not unsay it
  }
  return text
    .slice(0, QUOTED_BYTES)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
}
