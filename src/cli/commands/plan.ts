/** `serin plan FILE [--traffic 200/s --baseline 0.2%]` */
import { readRollout } from "../document.ts";
import { exits } from "../exit.ts";
import { assumeFlags, assumptionFor, type AssumeFlags } from "./assuming.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

export const plan = verb<AssumeFlags>({
  name: "plan",
  group: "Plan and replay",
  summary: "what the stages and gates of a document will see, and how soon",
  about: `For every stage and gate: how long a harm goes unnoticed, how many requests meet it until then, how many more of
them fail, and the least harm that is seen within the stage. What is feared is what --assume says of the canary, else what
the gate's limit excludes. Traffic and the stable version's figures come from flags, else from the running server's
measurements, else from defaults, and it is said which. -o wide adds the closed form and the bound that no rule beats.`,
  examples: [
    "serin plan rollout.yaml --traffic 200/s --baseline 0.2%",
    "serin plan rollout.yaml --assume canary.failures=1% --assume canary.latency=x1.5",
  ],
  args: [{ name: "FILE", about: "the document; - for the standard input" }],
  flags: [...assumeFlags, output("json", "yaml", "wide")],
  async run(call, [file], flags) {
    const { name, rollout } = await readRollout(file, call.shell);
    const assumption = await assumptionFor(call, name, flags);
    const [{ planOf }, { planLines }] = await Promise.all([
      import("../../sim/plan/index.ts"),
      import("../picture/plan.ts"),
    ]);
    await call.out.value(planOf(rollout, assumption), {
      text: (plan) => planLines(plan, call.out).join("\n"),
      wide: (plan) => planLines(plan, call.out, true).join("\n"),
    });
    return exits.ok;
  },
});
