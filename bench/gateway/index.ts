/**
 * Serin against nginx, HAProxy and the best proxies on npm: interleaved rounds, the gateway alone on one core, load and
 * backends on the other.
 *   node bench/gateway/index.ts [--rounds 5] [--seconds 3] [--connections 64] [--path /] [--only serin,nginx]
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Load, type Standing, leastCpu, race, ratio, table } from "./race.ts";
import * as rivals from "./rivals.ts";

const MANY = 1000;
const LARGE = "/large";

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function field(ground: rivals.Ground, ports: readonly number[], only: readonly string[]): rivals.Rival[] {
  const all = [
    ...(rivals.onPath("nginx") ? [rivals.nginx(ground, ports[0])] : []),
    rivals.serin(ground, ports[1]),
    ...(rivals.onPath("haproxy") ? [rivals.haproxy(ground, ports[2])] : []),
    rivals.npmProxy(ground, ports[3], "http-proxy-3"),
    rivals.npmProxy(ground, ports[4], "@fastify/reply-from"),
  ];
  const wanted = (name: string) => only.length === 0 || only.some((part) => name.toLowerCase().includes(part));
  return all.filter(({ name }) => wanted(name));
}

export interface Wanted {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly path: string;
  /** Parts of names, in lower case; none for all. */
  readonly only: readonly string[];
}

export const usual: Wanted = { rounds: 7, seconds: 3, connections: 64, path: "/", only: [] };

/** Runs the race and says what came out, as Markdown. */
export async function benchGateway(wanted: Wanted, tell: (text: string) => void): Promise<string> {
  if (!rivals.onPath("wrk"))
    return "The race needs wrk (apt-get install wrk), and nginx and haproxy to compare with.\n";
  const pins = availableParallelism() > 1 && rivals.onPath("taskset");
  const dir = mkdtempSync(join(tmpdir(), "serin-bench-"));
  chmodSync(dir, 0o755);
  const [stable, canary, ...ports] = await freePorts(7);
  const ground = { dir, stable, canary, core: pins ? 0 : null };
  const backends = rivals.backends(dir, [stable, canary], pins ? 1 : null);
  const entrants = field(ground, ports, wanted.only);
  const stop = async () => {
    await Promise.all([...entrants.map((rival) => rival.stop()), rivals.end(backends)]);
    rmSync(dir, { recursive: true, force: true });
  };
  // a gateway outlives whoever started it
  process.once("SIGINT", () => void stop().then(() => process.exit(130)));
  try {
    await rivals.listening(stable);
    const pids = new Map<string, rivals.Pids>();
    for (const rival of entrants) pids.set(rival.name, await rival.start());
    const load: Load = { ...wanted, core: pins ? 1 : null };
    // not counted: until it is warm a virtual machine measures its compiler
    await race(entrants, pids, load, 1, tell);
    const standings = await race(entrants, pids, load, wanted.rounds, tell);
    const crowd = await race(entrants, pids, { ...load, connections: MANY }, 1, tell);
    const large = await race(entrants, pids, { ...load, path: LARGE, seconds: 2 }, 3, tell);
    return [
      `${wanted.connections} connections, ${wanted.path}:\n\n${table(standings)}`,
      verdicts(standings, crowd),
      `${MANY} connections:\n\n${table(crowd)}`,
      `64 KiB answers:\n\n${table(large)}\n`,
    ].join("\n\n");
  } finally {
    await stop();
  }
}

/** A sentence for each target, with the number that decides. */
function verdicts(standings: readonly Standing[], crowd: readonly Standing[]): string {
  const find = (from: readonly Standing[], part: string) => from.find(({ name }) => name.startsWith(part));
  const [serin, nginx] = [find(standings, "Serin"), find(standings, "nginx")];
  if (serin === undefined) return "";
  const lines: string[] = [];
  const say = (what: string, value: number, unit: string, holds: boolean) =>
    lines.push(`- ${holds ? "holds" : "MISSED"}: ${what}: ${value.toFixed(2)}${unit}`);
  if (nginx !== undefined) {
    // On a core that others use too, requests per second say how much of it was left; CPU time does not.
    const speed = leastCpu(nginx) / leastCpu(serin);
    say("requests per second and core at least 0.9 x nginx's", speed, " x", speed >= 0.9);
    const p99 = ratio(serin, nginx, "p99Ms");
    say("p99 at most 1.2 x nginx's", p99, " x", p99 <= 1.2);
  }
  const npm = ["http-proxy-3", "@fastify"].map((part) => find(standings, part)).filter((one) => one !== undefined);
  const lead = Math.min(...npm.map(leastCpu)) / leastCpu(serin);
  if (npm.length > 0) say("at least 5 x the best proxy on npm", lead, " x", lead >= 5);
  const rss = find(crowd, "Serin")?.rounds[0].rssMb ?? NaN;
  say(`a worker's memory below 120 MB with ${MANY} connections`, rss, " MB", rss < 120);
  return lines.join("\n");
}

if (import.meta.main) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { rounds: text, seconds: text, connections: text, path: text, only: text } });
  const number = (key: "rounds" | "seconds" | "connections") => Number(values[key] ?? usual[key]);
  const wanted: Wanted = {
    rounds: number("rounds"),
    seconds: number("seconds"),
    connections: number("connections"),
    path: values.path ?? usual.path,
    only: values.only?.split(",") ?? [],
  };
  process.stdout.write(await benchGateway(wanted, (line) => process.stderr.write(`${line}\n`)));
}
