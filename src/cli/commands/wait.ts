/** `serin wait NAME --for decided [-t 10m]` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { RolloutView } from "../../http/wire.ts";
import { endsOf, type Ends } from "../ends.ts";
import { decided, exitOf, exits, outcomeWord } from "../exit.ts";
import { follow, settled } from "../follow.ts";
import { conclude } from "../watch.ts";
import { durationOf, output, timeout } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

const conditions = ["decided", "promoted", "paused", "approval"] as const;
type Condition = (typeof conditions)[number];

interface Flags {
  readonly for: Condition;
  readonly timeout?: string;
}

export const wait = verb<Flags>({
  name: "wait",
  group: "Release",
  summary: "wait until a release is decided, promoted, paused or asks for approval",
  about: `decided and promoted exit by the outcome, decided only when what was promoted is watched no more; paused and approval with 0 as
soon as that is so. A release that ends
otherwise exits by its outcome, one that is promoted without ever pausing with 1. When the time is up: 8.`,
  examples: ["serin wait shop -t 1h", "serin wait shop --for approval && ./smoke-test && serin approve shop"],
  args: [NAME],
  flags: [
    new Option("--for <condition>", "what to wait for").choices(conditions).default("decided"),
    timeout("how long at most"),
    output("json", "yaml", "name"),
  ],
  async run(call, [name], flags) {
    const client = await call.client();
    const ends = endsOf(call.shell, { timeoutMs: await durationOf(flags.timeout, "--timeout") });
    try {
      let last: RolloutView | null = null;
      for await (const seen of follow(client, name, { after: null, signal: ends.signal }, call.shell)) {
        if ("lost" in seen) continue;
        last = seen.view;
        if (holds(flags.for, last) || settled(last, call.shell.now())) break;
      }
      const view = last ?? (await client.get(name));
      await conclude(call, view);
      return codeOf(flags.for, view, ends);
    } finally {
      ends.close();
    }
  },
});

/** Whether the release is where it is waited for, while it is under way. */
function holds(condition: Condition, { phase, stepList }: RolloutView): boolean {
  if (condition === "promoted" && phase === "promoted") return true;
  if (phase !== "paused") return false;
  if (condition === "paused") return true;
  return condition === "approval" && stepList.some(({ kind, state }) => kind === "approve" && state === "current");
}

function codeOf(condition: Condition, view: RolloutView, { why }: Ends): number {
  if (holds(condition, view)) return exits.ok;
  if (why === "interrupted") return exits.interrupted;
  if (!decided(view)) return exits.waiting;
  const code = exitOf(view);
  if (code !== exits.ok || condition === "decided" || condition === "promoted") return code;
  const missed = condition === "paused" ? "without pausing" : "without asking for approval";
  throw new SerinError("CONFLICT", `${view.name}: release ${view.release} was ${outcomeWord(view)} ${missed}`);
}
