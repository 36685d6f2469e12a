/** The terminal or the log: one line for each event. `json: true` prints what a webhook would be sent. */
import { z } from "zod";
import { defineNotifier } from "./notifier.ts";
import { jsonOf, messageOf, type Message } from "./message.ts";

const config = z
  .strictObject({ json: z.boolean().default(false).describe("one JSON object a line, for programs") })
  .describe("a line on the terminal or in the log");

/** "2026-11-24T14:00:00.000Z bad shop: v2 was rolled back at 5 %.", on one line whatever the sentence holds. */
function lineOf({ at, severity, rollout, sentence }: Message): string {
  const line = `${new Date(at).toISOString()} ${severity} ${rollout}: ${sentence}`;
  // A revision's name must not move the cursor or colour the screen.
  return line.replaceAll(/\p{Cc}/gu, " ");
}

export const consoleLines = defineNotifier({
  name: "console",
  config,
  create: ({ json }, { print }) => ({
    send: async (entry) => {
      const message = messageOf(entry);
      print(json ? jsonOf(message) : lineOf(message));
    },
  }),
});
