/**
 * A hook on `event`: told of everything, like a webhook without a signature. Its body is a webhook's, with the hook's
 * name and metadata beside it, as the other moments have them; or it is what Flagger sends. A program reads the same.
 */
import { flaggerEventBody } from "../engine/flagger-hook.ts";
import { askProgram } from "../engine/hook-program.ts";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { asSerinError } from "../errors.ts";
import type { Hook } from "../rollout/hook.ts";
import type { HookCommand } from "../rollout/hook-command.ts";
import { deliver, failed } from "./deliver.ts";
import { jsonOf, messageOf } from "./message.ts";
import type { NotifierDeps } from "./notifier.ts";

export function createEventHook(hook: Hook, deps: NotifierDeps): Notifier {
  const { asks } = hook;
  return {
    send: async (entry, signal) => {
      if ("url" in asks) await post(hook, asks.url, entry, deps, signal);
      else await run(hook, asks.command, entry, deps, signal);
    },
  };
}

async function post(hook: Hook, url: string, entry: JournalEntry, deps: NotifierDeps, signal: AbortSignal) {
  const { name, timeoutMs } = hook;
  const headers = { "serin-delivery": messageOf(entry).id };
  const delivery = { to: `hook ${name}`, url: new URL(url), headers, body: bodyOf(hook, entry), timeoutMs, hide: [] };
  await deliver(delivery, deps, signal);
}

function bodyOf(hook: Hook, entry: JournalEntry): string {
  const { name, on, metadata, format } = hook;
  if (format === "flagger") return jsonOf(flaggerEventBody(hook, entry.rollout, entry.event));
  return jsonOf({ hook: name, on, ...messageOf(entry), metadata });
}

/** It has taken the message when it ends with 0; otherwise it is run again later. */
async function run(hook: Hook, command: HookCommand, entry: JournalEntry, deps: NotifierDeps, signal: AbortSignal) {
  const { name, on, timeoutMs } = hook;
  const { rollout, type, severity, sentence, event } = messageOf(entry);
  const words = { hook: name, on, rollout, release: String(event.release), event: type, severity, sentence };
  const question = { words, body: bodyOf(hook, entry), timeoutMs };
  const able = { secrets: deps.secrets, run: deps.run ?? null };
  const answer = await askProgram(command, question, able, signal).catch((thrown: unknown) => {
    const { code, message } = asSerinError(thrown);
    throw failed(`hook ${name}: ${message}`, { permanent: false, reason: signal.aborted ? "stopped" : code });
  });
  if (answer.said !== "yes")
    throw failed(`hook ${name} did not take the message: ${answer.reason}`, { permanent: false, reason: "no" });
}
