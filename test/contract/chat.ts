/** What chats have in common: words that people write freely, and answers that are none. */
import fc from "fast-check";
import type { Notifier } from "../../src/engine/ports.ts";
import type { NotifierDeps } from "../../src/notifiers/index.ts";
import type { RolloutEvent } from "../../src/rollout/events.ts";
import { entryOf, events } from "./notifier-fixtures.ts";
import { notifierDeps } from "./notifier.ts";
import { Receiver } from "./receiver.ts";

const nasty = ["&", "<!channel>", "<@U1>", "@all ", "\u{1f426}", "[x](https://evil.example)", "**", "\\", "`", "\n# "];

/** Anything, and much of what markup is made of. */
export const wildText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 5000 }),
  fc.constantFrom(...nasty).map((word) => word.repeat(2000)),
);

/** An event with two such texts in it. */
export const wildEvent = fc
  .tuple(wildText, wildText)
  .map(([reason, revision]): RolloutEvent => ({ ...events.rolledBack, reason, revision }));

export const isWhole = (text: string): boolean => !/\\ud[89a-f]/.test(text);

/** Sends one message to a receiver that answers so. What it fails with is thrown. */
export async function sendTo(
  answer: Receiver["answer"],
  make: (deps: NotifierDeps) => Notifier,
  event: RolloutEvent = events.rolledBack,
): Promise<void> {
  await using receiver = await Receiver.open();
  receiver.answer = answer;
  const notifier = make(notifierDeps({ CHAT_URL: receiver.url("/hooks/x") }));
  await notifier.send(entryOf(event), new AbortController().signal);
}
