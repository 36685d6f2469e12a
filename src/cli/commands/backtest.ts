/** `serin backtest FILE --history DIR|URL` */
import { InvalidArgumentError, Option } from "commander";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SerinError } from "../../errors.ts";
import type { Backtested } from "../../sim/backtest.ts";
import type { Spec } from "../../rollout/spec.ts";
import type { Series } from "../../sim/history/series.ts";
import type { RangeFlags } from "../asked-history.ts";
import { readRollout, type Read } from "../document.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { textOf } from "../files.ts";
import { output } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

interface Flags extends RangeFlags {
  readonly history: readonly string[];
  readonly splits: number;
}

const more = (said: string, before: readonly string[] | undefined) => [...(before ?? []), said];

export const backtest = verb<Flags>({
  name: "backtest",
  group: "Plan and replay",
  summary: "try a document on recorded time: what it would have taken back, and what falsely",
  about: `Past releases are played with the splits that they had, against the gates and the promise of the document. Times
without a canary are played with the document's own ramp and a pretend canary: every unit is given to it with the
probability that the ramp asks for, so that it is as good as stable, and what is rolled back is rolled back falsely.
--history takes what \`serin export\` writes, windows as JSON, or CSV (at,stable_n,stable_bad,canary_n,canary_bad), also
gzipped; a directory is all such files in it.
An address is that of a Prometheus: the gates' own questions are put to it about the range that --during says. Releases in it
are said by --release, or found where the series of --marker are above 0: their labels canary (or revision) and stable name
the revisions. What lies between is quiet time. See docs/planning.md.`,
  examples: [
    "serin backtest rollout.yaml --history history/",
    "serin backtest rollout.yaml --history quiet.csv --splits 100",
    "serin backtest rollout.yaml --history http://127.0.0.1:9090 --during 7d --marker 'serin_rollout_canary_weight_ratio{rollout=\"shop\"}'",
    "serin backtest rollout.yaml --history http://127.0.0.1:9090 --during 2d --release v7:v8=2026-11-02T10:00Z/2026-11-02T10:40Z",
  ],
  args: [{ name: "FILE", about: "the document; - for the standard input" }],
  flags: [
    new Option(
      "--history <path>",
      "a file or a directory of recorded time, or a Prometheus' address; said again for more",
    )
      .argParser(more)
      .makeOptionMandatory(),
    new Option("--during <range>", "of a Prometheus: the last 7d, say, or FROM/TO"),
    new Option(
      "--release <release>",
      "of a Prometheus: a release in it, [STABLE:]CANARY=FROM/TO; said again for more",
    ).argParser(more),
    new Option("--marker <query>", "of a Prometheus: PromQL that is above 0 while something is released"),
    new Option("--splits <count>", "how often each quiet period is split anew").default(20).argParser(wholeNumber),
    output("json", "yaml"),
  ],
  async run(call, [file], flags) {
    const read = await readRollout(file, call.shell);
    const history = await histories(call, read, flags);
    const tried = history && (await triedOn(call, history.trials, flags.splits));
    if (history === null || tried === null) return exits.interrupted;
    const found = { ...tried, skipped: [...history.skipped, ...tried.skipped] };
    const { backtestLines } = await import("../picture/backtest.ts");
    await call.out.value(found, { text: () => backtestLines(found, read.rollout.promise, call.out).join("\n") });
    return exits.ok;
  },
});

function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1 to 9999");
}

/** Series, each with what is to be tried on it. */
interface History {
  readonly trials: readonly { readonly spec: Spec; readonly series: Series }[];
  readonly skipped: Backtested["skipped"];
}

/** Without the gates that could not be asked: what nobody recorded would only keep the others from deciding. */
function onlyAsked(spec: Spec, series: Series): History["trials"] {
  const gates = spec.gates.filter(({ name }) => series.gates[name] !== undefined);
  return gates.length === 0 ? [] : [{ spec: { ...spec, gates }, series }];
}

/** Null when it was interrupted. */
async function histories(call: Call, { rollout }: Read, flags: Flags): Promise<History | null> {
  const { readSeries } = await import("../../sim/history/read.ts");
  const trials: History["trials"][number][] = [];
  const skipped: Backtested["skipped"][number][] = [];
  for (const path of flags.history) {
    const asked = isAddress(path)
      ? await (await import("../asked-history.ts")).askedHistory(call, path, rollout, flags)
      : [];
    if (asked === null) return null;
    trials.push(...asked.flatMap(({ series }) => onlyAsked(rollout, series)));
    skipped.push(...asked.flatMap((one) => one.skipped));
    if (isAddress(path)) continue;
    for (const file of await filesIn(path, call.shell.cwd))
      trials.push({ spec: rollout, series: readSeries(await textOf(file, call.shell), file) });
  }
  if (trials.length > 0 || skipped.length > 0) return { trials, skipped };
  const where = flags.history.join(" and ");
  throw new SerinError("USAGE", `${where}: there is no history there, no file named *.json or *.csv`);
}

const isAddress = (path: string): boolean => /^https?:\/\//.test(path);
const history = /\.(json|csv)(\.gz)?$/;

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
async function triedOn({ shell, out }: Call, trials: History["trials"], splits: number): Promise<Backtested | null> {
  const [{ backtest: tryOn, playsIn }, { progressOf }] = await Promise.all([
    import("../../sim/backtest.ts"),
    import("../progress.ts"),
  ]);
  const all = trials.reduce((sum, { spec, series }) => sum + playsIn(spec, series, splits), 0);
  const ends = endsOf(shell, {});
  const work = progressOf(shell, out, all, "plays");
  const found: Backtested[] = [];
  let done = 0;
  try {
    for (const { spec, series } of trials) {
      // lets an interrupt have its turn
      await new Promise((resolve) => setImmediate(resolve));
      if (ends.why === "interrupted") return null;
      found.push(tryOn(spec, series, { splits, progress: () => work.done(++done) }));
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
