/**
 * A hook on `event`: told of everything, like a webhook without a signature. Its body is a webhook's, with the hook's
 * name and metadata beside it, as the other moments have them; or it is what Flagger sends.
 */
import { flaggerEventBody } from "../engine/flagger-hook.ts";
import type { Notifier } from "../engine/ports.ts";
import type { Hook } from "../rollout/hook.ts";
import { deliver } from "./deliver.ts";
import { jsonOf, messageOf } from "./message.ts";
import type { NotifierDeps } from "./notifier.ts";

export function createEventHook(hook: Hook, deps: NotifierDeps): Notifier {
  const { name, on, url, timeoutMs, metadata, format } = hook;
  return {
    send: async (entry, signal) => {
      const message = messageOf(entry);
      const own = () => ({ hook: name, on, ...message, metadata });
      const body = jsonOf(format === "flagger" ? flaggerEventBody(hook, entry.rollout, entry.event) : own());
      const headers = { "serin-delivery": message.id };
      await deliver({ to: `hook ${name}`, url: new URL(url), headers, body, timeoutMs, hide: [] }, deps, signal);
    },
  };
}
