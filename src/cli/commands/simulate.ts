/** `serin simulate FILE --assume canary.failures=1%` */
import { InvalidArgumentError, Option } from "commander";
import { availableParallelism } from "node:os";
import type { Order, Simulated } from "../../sim/simulate.ts";
import { readRollout } from "../document.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { assumeFlags, assumptionFor, type AssumeFlags } from "./assuming.ts";
import { durationOf, output } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

interface Flags extends AssumeFlags {
  readonly seeds: number;
  readonly for: string;
  readonly threads?: number;
}

const count = (most: number) => (text: string) => {
  const n = Number(text.replaceAll(/[,_]/g, ""));
  if (Number.isInteger(n) && n >= 1 && n <= most) return n;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
};

export const simulate = verb<Flags>({
  name: "simulate",
  group: "Plan and replay",
  summary: "many invented releases of a document: how they end, how soon, what they cost",
  about: `Invents traffic of which the truth is known and lets the same engine decide, on a clock that jumps, in ticks of a
second. The same seeds give the same releases on every machine. A canary as good as stable shows how often one is taken
back falsely.`,
  examples: [
    "serin simulate rollout.yaml --assume canary.failures=1% --traffic 200/s",
    "serin simulate rollout.yaml --traffic 200/s --seeds 10000",
  ],
  args: [{ name: "FILE", about: "the document; - for the standard input" }],
  flags: [
    ...assumeFlags,
    new Option("--seeds <count>", "how many releases").argParser(count(1_000_000)).default(1000),
    new Option("--for <duration>", "how long each is followed at most").default("1h"),
    new Option("--threads <count>", "how many at a time; one for each core unless said").argParser(count(256)),
    output("json", "yaml"),
  ],
  async run(call, [file], flags) {
    const { name, rollout } = await readRollout(file, call.shell);
    const assumption = await assumptionFor(call, name, flags);
    const horizonMs = (await durationOf(flags.for, "--for")) ?? 0;
    const { specOf } = await import("../../sim/simulate.ts");
    const order = { spec: specOf(rollout), assumed: assumption.assumed, horizonMs };
    const found = await played(call, order, flags);
    if (found === null) return exits.interrupted;
    const { simulatedLines } = await import("../picture/simulated.ts");
    await call.out.value(
      { assumed: assumption.assumed, ...found },
      { text: () => simulatedLines(found, assumption, rollout.promise, call.out).join("\n") },
    );
    return exits.ok;
  },
});

/** Null when it was interrupted. */
async function played(
  { shell, out }: Call,
  order: Order,
  { seeds, threads = availableParallelism() }: Flags,
): Promise<Simulated | null> {
  const [{ playAll }, { summaryOf }, { progressOf }] = await Promise.all([
    import("../../sim/crew.ts"),
    import("../../sim/simulate.ts"),
    import("../progress.ts"),
  ]);
  const ends = endsOf(shell, {});
  const work = progressOf(shell, out, seeds, "releases");
  try {
    const all = await playAll(order, seeds, { threads, signal: ends.signal, progress: (done) => work.done(done) });
    return summaryOf(all, order);
  } catch (thrown) {
    if (ends.why === "interrupted") return null;
    throw thrown;
  } finally {
    work.close();
    ends.close();
  }
}
