/** `serin notify test NAME` */
import { Option } from "commander";
import type { TestResult } from "../../http/wire-messages.ts";
import { clean } from "../clean.ts";
import { exits } from "../exit.ts";
import { output } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

export const notify = verb<{ readonly only?: string }>({
  name: "notify",
  group: "Documents",
  summary: "try out who is told of a rollout",
  about: `Sends one message that is marked as a test through each notification of the rollout, whatever it is told of else, and says
which of them arrived. Alerts that it raises are resolved at once; GitHub is asked and gets no deployment. The exit code is 1 when one
did not arrive.`,
  examples: ["serin notify test shop", "serin notify test shop --only slack"],
  args: [{ name: "ACTION", about: "what to do", choices: ["test"] }, NAME],
  flags: [new Option("--only <notification>", "one notification by its name"), output("json", "yaml", "name")],
  async run(call, [, name], { only }) {
    const result = await (await call.client()).testNotifications(name, only);
    await call.out.value(result, {
      text: ({ tried }) => tried.map(lineOf).join("\n"),
      name: ({ tried }) => tried.map(({ notification }) => notification).join("\n"),
    });
    return result.tried.every(({ arrived }) => arrived) ? exits.ok : exits.internal;
  },
});

const lineOf = ({ notification, arrived, message }: TestResult["tried"][number]): string =>
  clean(arrived ? `${notification}: arrived` : `${notification}: ${message ?? "did not arrive"}`);
