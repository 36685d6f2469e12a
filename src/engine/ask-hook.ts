/**
 * Asking a hook. An address gets one POST of JSON: 200 to 299 is yes, any other answer is no, and no answer is neither.
 * A program is run and says it by how it ends: `hook-program.ts`.
 */
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import type { HookCommand } from "../rollout/hook-command.ts";
import { SerinError } from "../errors.ts";
import { flaggerBody, flaggerPhase } from "./flagger-hook.ts";
import { askProgram, type ProgramDeps } from "./hook-program.ts";
import type { Loaded } from "./ports.ts";

export interface HookDeps extends ProgramDeps {
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
  const about = own(hook, rollout, status);
  const body = JSON.stringify(hook.format === "flagger" ? asFlagger(hook, rollout, status) : about);
  const { asks } = hook;
  const tryOnce = () =>
    "url" in asks
      ? post(hook, asks.url, body, deps.fetch, signal)
      : run(hook, asks.command, { body, words: wordsOf(about) }, deps, signal);
  for (let tries = 0; ; tries++) {
    const last = tries >= hook.retries || signal.aborted;
    const answer = await tryOnce().catch((thrown: unknown) => {
      if (last) throw thrown;
      return null;
    });
    if (answer !== null && (last || !answer.passing)) return answer.answer;
    await deps.sleep(retryMs(tries), signal);
  }
}

/** What may be better a moment later. */
const isPassing = (status: number) => status === 429 || (status >= 500 && status !== 501);

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const retryMs = (tries: number) => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);

/** A program whose time is over is ended first, and then tells what it had printed. */
const FAREWELL_MS = 1000;

/** How long one question may take at most: every try its time, and the rests between them. */
export function patienceOf({ timeoutMs, retries, asks }: Pick<Hook, "timeoutMs" | "retries" | "asks">): number {
  const rests = Array.from({ length: retries }, (_none, tries) => retryMs(tries));
  const eachMs = timeoutMs + ("url" in asks ? 0 : FAREWELL_MS);
  return rests.reduce((sum, rest) => sum + rest, eachMs * (retries + 1));
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

/** What a program is told, in words. */
function wordsOf({ metadata: _sent, ...about }: ReturnType<typeof own>): Record<string, string> {
  return Object.fromEntries(Object.entries(about).map(([word, value]) => [word, String(value ?? "")]));
}

interface Tried {
  readonly answer: HookAnswer;
  /** It may be another a moment later. */
  readonly passing: boolean;
}

async function run(
  { timeoutMs }: Hook,
  command: HookCommand,
  asked: { readonly body: string; readonly words: Readonly<Record<string, string>> },
  deps: ProgramDeps,
  signal: AbortSignal,
): Promise<Tried> {
  const answer = await askProgram(command, { ...asked, timeoutMs }, deps, signal);
  return { answer, passing: answer.said === "error" };
}

async function post(
  hook: Hook,
  url: string,
  body: string,
  fetch: HookDeps["fetch"],
  stop: AbortSignal,
): Promise<Tried> {
  let response: Response;
  // each try has the hook's own time; without retries the engine's clock is the only one
  const signal = hook.retries === 0 ? stop : AbortSignal.any([stop, AbortSignal.timeout(hook.timeoutMs)]);
  try {
    const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "serin" };
    response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
  } catch (cause) {
    throw new SerinError("SOURCE_FAILED", `it did not answer: ${reasonOf(cause)}`, { cause });
  }
  const { ok, status } = response;
  const text = await beginning(response);
  const answer: HookAnswer = ok
    ? { said: "yes", reason: text }
    : { said: "no", reason: `${status}${text === "" ? "" : `: ${text}`}` };
  return { passing: isPassing(status), answer };
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
