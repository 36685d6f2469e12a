/** Runs the rivals in turn, many short rounds, and keeps what each round measured. Read ratios of medians. */
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Pids, Rival } from "./rivals.ts";

const run = promisify(execFile);
const visitors = fileURLToPath(new URL("visitors.lua", import.meta.url));
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export interface Round {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly rssMb: number;
  /** Answers that were no success, and connections that broke. */
  readonly errors: number;
  /** Answers that took more than two seconds. */
  readonly late: number;
}

export interface Load {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly core: number | null;
}

/** What the kernel says of a process: from the third field on, see proc(5). */
function stat(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Seconds, user and system. */
const cpuOf = (pids: readonly number[]): number =>
  sum(pids.map(stat).map((fields) => (Number(fields[11]) + Number(fields[12])) / ticksPerSecond));

const residentMb = (pids: readonly number[]): number =>
  sum(pids.map(stat).map((fields) => (Number(fields[21]) * 4096) / 2 ** 20));

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

const milliseconds = (value: string, unit: string) =>
  Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? NaN);

export async function round(rival: Rival, pids: Pids, load: Load): Promise<Round> {
  const before = cpuOf(pids.all);
  const url = `http://127.0.0.1:${rival.port}${load.path}`;
  const wrk = ["wrk", "-t1", `-c${load.connections}`, `-d${load.seconds}s`, "--latency", "-s", visitors, url];
  const command = load.core === null ? wrk : ["taskset", "-c", String(load.core), ...wrk];
  const { stdout } = await run(command[0], command.slice(1), { timeout: (load.seconds + 30) * 1000 });
  const cpu = cpuOf(pids.all) - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? NaN);
  const [, value, unit] = /99%\s+([\d.]+)(us|ms|s|m)/.exec(stdout) ?? ["", "NaN", "ms"];
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const broken = [...stdout.matchAll(/(?:connect|read|write) (\d+)/g)].map(([, count]) => Number(count));
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? NaN),
    p99Ms: milliseconds(value, unit),
    cpuMicros: (cpu / requests) * 1e6,
    rssMb: residentMb(pids.serving),
    errors: bad + sum(broken),
    late: Number(/timeout (\d+)/.exec(stdout)?.[1] ?? 0),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const NOBODY: Pids = { all: [], serving: [] };

export interface Standing {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Every rival once per round, the order rotated, so that no one always runs first. */
export async function race(
  rivals: readonly Rival[],
  pids: ReadonlyMap<string, Pids>,
  load: Load,
  rounds: number,
  tell: (text: string) => void,
): Promise<Standing[]> {
  const kept = new Map<string, Round[]>(rivals.map((rival) => [rival.name, []]));
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < rivals.length; i++) {
      const rival = rivals[(i + r) % rivals.length];
      tell(`round ${r + 1} of ${rounds}: ${rival.name}`);
      kept.get(rival.name)?.push(await round(rival, pids.get(rival.name) ?? NOBODY, load));
    }
  }
  return [...kept].map(([name, all]) => ({ name, rounds: all }));
}

/** CPU time of a request in the round that was least disturbed: what disturbs a process only ever adds to it. */
export const leastCpu = ({ rounds }: Standing): number => Math.min(...rounds.map(({ cpuMicros }) => cpuMicros));

/** The median of round-by-round ratios: what disturbs the machine for a while disturbs both. */
export function ratio(a: Standing, b: Standing, key: "perSecond" | "p99Ms"): number {
  return median(a.rounds.map((round, i) => round[key] / b.rounds[i][key]));
}

/** A Markdown table, with ratios against the first rival. */
export function table(standings: readonly Standing[]): string {
  const [base] = standings;
  const against = base.name.split(" ")[0];
  const rows = standings.map((standing) => {
    const of = (key: keyof Round) => median(standing.rounds.map((round) => round[key]));
    const cells = [
      standing.name,
      ratio(standing, base, "perSecond").toFixed(2),
      (leastCpu(base) / leastCpu(standing)).toFixed(2),
      ratio(standing, base, "p99Ms").toFixed(2),
      leastCpu(standing).toFixed(1),
      of("rssMb").toFixed(0),
      of("perSecond").toFixed(0),
      of("p99Ms").toFixed(2),
      String(sum(standing.rounds.map((round) => round.errors))),
      String(sum(standing.rounds.map((round) => round.late))),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `| gateway | req/s x ${against} | per CPU second x ${against} | p99 x ${against} | CPU us/request | RSS MB | req/s | p99 ms | errors | over 2 s |`,
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
