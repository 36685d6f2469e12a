/**
 * A hook on `event`: told of everything, like a webhook without a signature. Its body is a webhook's, with the hook's
 * name and metadata beside it, as the other moments have them.
 */
import type { Notifier } from "../engine/ports.ts";
import type { Hook } from "../rollout/hook.ts";
import { deliver } from "./deliver.ts";
import { jsonOf, messageOf } from "./message.ts";
import type { NotifierDeps } from "./notifier.ts";

export function createEventHook({ name, on, url, timeoutMs, metadata }: Hook, deps: NotifierDeps): Notifier {
  return {
    send: async (entry, signal) => {
      const message = messageOf(entry);
      const body = jsonOf({ hook: name, on, ...message, metadata });
      const headers = { "serin-delivery": message.id };
      await deliver({ to: `hook ${name}`, url: new URL(url), headers, body, timeoutMs, hide: [] }, deps, signal);
    },
  };
}
