/** Asking a hook: one POST of JSON. 200 to 299 is yes, any other answer is no, and no answer is neither. */
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import { SerinError } from "../errors.ts";

/** What a hook is told of the release it is asked about. */
export interface HookQuestion {
  readonly rollout: string;
  readonly release: number;
  readonly phase: string;
  readonly stable: string;
  readonly canary: string | null;
  readonly weight: number;
  readonly step: number;
  readonly steps: number;
}

/** Answers are quoted, not kept. */
const QUOTED_BYTES = 200;

/** Throws SOURCE_FAILED when there was no answer. */
export async function askHook(
  hook: Hook,
  question: HookQuestion,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const body = JSON.stringify({ hook: hook.name, on: hook.on, ...question, metadata: hook.metadata });
  let response: Response;
  try {
    const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "serin" };
    response = await fetch(hook.url, { method: "POST", headers, body, redirect: "manual", signal });
  } catch (cause) {
    throw new SerinError("SOURCE_FAILED", `it did not answer: ${reasonOf(cause)}`, { cause });
  }
  const said = response.ok ? "yes" : "no";
  const text = await beginning(response);
  return { said, reason: response.ok ? text : `${response.status}${text === "" ? "" : `: ${text}`}` };
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
