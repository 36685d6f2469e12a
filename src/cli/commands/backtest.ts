/** `serin backtest FILE --history DIR` */
import { InvalidArgumentError, Option } from "commander";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SerinError } from "../../errors.ts";
import type { Backtested } from "../../sim/backtest.ts";
import type { Series } from "../../sim/history/series.ts";
import { readRollout, type Read } from "../document.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { textOf } from "../files.ts";
import { output } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

interface Flags {
  readonly history: readonly string[];
  readonly splits: number;
}

export const backtest = verb<Flags>({
  name: "backtest",
  group: "Plan and replay",
  summary: "try a document on recorded time: what it would have taken back, and what falsely",
  about: `Past releases are played with the splits that they had, against the gates and the promise of the document. Times
without a canary are played with the document's own ramp and a pretend canary: every unit is given to it with the
probability that the ramp asks for, so that it is as good as stable, and what is rolled back is rolled back falsely.
--history takes what \`serin export\` writes, windows as JSON, or CSV (at,stable_n,stable_bad,canary_n,canary_bad), also
gzipped; a directory is all such files in it. See docs/planning.md.`,
  examples: [
    "serin backtest rollout.yaml --history history/",
    "serin backtest rollout.yaml --history quiet.csv --splits 100",
  ],
  args: [{ name: "FILE", about: "the document; - for the standard input" }],
  flags: [
    new Option("--history <path>", "a file or a directory of recorded time; said again for more")
      .argParser((path: string, before: readonly string[] | undefined) => [...(before ?? []), path])
      .makeOptionMandatory(),
    new Option("--splits <count>", "how often each quiet period is split anew").default(20).argParser(wholeNumber),
    output("json", "yaml"),
  ],
  async run(call, [file], flags) {
    const read = await readRollout(file, call.shell);
    const series = await histories(call, flags.history);
    const found = await tried(call, read, series, flags.splits);
    if (found === null) return exits.interrupted;
    const { backtestLines } = await import("../picture/backtest.ts");
    await call.out.value(found, { text: () => backtestLines(found, read.rollout.promise, call.out).join("\n") });
    return exits.ok;
  },
});

function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1 to 9999");
}

const history = /\.(json|csv)(\.gz)?$/;

async function histories({ shell }: Call, paths: readonly string[]): Promise<readonly Series[]> {
  const { readSeries } = await import("../../sim/history/read.ts");
  const all: Series[] = [];
  for (const path of paths)
    for (const file of await filesIn(path, shell.cwd)) all.push(readSeries(await textOf(file, shell), file));
  if (all.length > 0) return all;
  throw new SerinError("USAGE", `${paths.join(" and ")}: there is no history there, no file named *.json or *.csv`);
}

async function filesIn(path: string, cwd: string): Promise<readonly string[]> {
  const found = await stat(resolve(cwd, path)).catch(() => null);
  // a file that does not exist is told when it is read
  if (found?.isDirectory() !== true) return [path];
  const names = await readdir(resolve(cwd, path));
  return names
    .filter((name) => history.test(name))
    .toSorted()
    .map((name) => join(path, name));
}

/** Null when it was interrupted. */
async function tried(
  { shell, out }: Call,
  { rollout }: Read,
  series: readonly Series[],
  splits: number,
): Promise<Backtested | null> {
  const [{ backtest: tryOn, playsIn }, { progressOf }] = await Promise.all([
    import("../../sim/backtest.ts"),
    import("../progress.ts"),
  ]);
  const all = series.reduce((sum, one) => sum + playsIn(rollout, one, splits), 0);
  const ends = endsOf(shell, {});
  const work = progressOf(shell, out, all, "plays");
  const found: Backtested[] = [];
  let done = 0;
  try {
    for (const one of series) {
      // lets an interrupt have its turn
      await new Promise((resolve) => setImmediate(resolve));
      if (ends.why === "interrupted") return null;
      found.push(tryOn(rollout, one, { splits, progress: () => work.done(++done) }));
    }
  } finally {
    work.close();
    ends.close();
  }
  return {
    releases: found.flatMap(({ releases }) => releases),
    quiet: found.flatMap(({ quiet }) => quiet),
    skipped: found.flatMap(({ skipped }) => skipped),
  };
}
