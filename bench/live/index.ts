/**
 * Live, through the real program: how soon does `serin run` serve, how soon is a bad canary found, and how long does it go
 * on getting requests after the one that decided?
 *   node bench/live/index.ts [--rounds 7] [--rate 1000]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seeded } from "../../examples/demo/chance.ts";

const program = fileURLToPath(new URL("../../bin/serin.cjs", import.meta.url));
const GIVE_UP_MS = 60_000;

/** A service that fails as told and remembers when it was asked and when it failed, epoch milliseconds. */
interface Service {
  readonly url: string;
  readonly asked: number[];
  readonly failed: number[];
  close(): void;
}

async function service(revision: string, failures: number, seed: number): Promise<Service> {
  const random = seeded(seed);
  const [asked, failed]: number[][] = [[], []];
  const server: Server = createServer((_request, response) => {
    const now = Date.now();
    asked.push(now);
    const fails = random() < failures;
    if (fails) failed.push(now);
    response.writeHead(fails ? 500 : 200, { "x-revision": revision, "content-length": 2 });
    response.end("ok");
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, asked, failed, close };
}

/** Every request is somebody new: nobody has a cookie. */
function crowd(url: string, perSecond: number): () => void {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  const started = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent++) {
      const asking = request(url, { agent }, (response) => void response.resume());
      asking.on("error", () => {});
      asking.end();
    }
  }, 5);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}

async function free(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const serin = (...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "ignore"] });

async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  return text;
}

async function served(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok || response.headers.has("x-revision");
  } catch {
    return false;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Round {
  /** Milliseconds; null where it did not happen. */
  readonly coldStart: number;
  readonly found: number | null;
  readonly afterwards: number | null;
  readonly met: number;
}

async function round(number: number, rate: number): Promise<Round> {
  const dir = mkdtempSync(join(tmpdir(), "serin-live-"));
  const [v1, v2, port] = [
    await service("v1", 0.005, 2 * number),
    await service("v2", 0.05, 2 * number + 1),
    await free(),
  ];
  const gateway = `http://127.0.0.1:${port}`;
  const file = join(dir, "rollout.yaml");
  const data = join(dir, "data");
  writeFileSync(
    file,
    `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: "127.0.0.1:${port}" }
  stable: { revision: v1, backends: ["${v1.url}"] }
  canary: { revision: v2, backends: ["${v2.url}"] }
  strategy: { canary: { steps: [pause: { for: 4s }, setWeight: 5, analyze: { for: 60s, early: false }] } }
`,
  );
  let leave = () => {};
  try {
    const begun = performance.now();
    const run = serin("run", file, "--data", data);
    const told = output(run);
    while (!(await served(gateway)) && performance.now() - begun < GIVE_UP_MS) await pause(5);
    const coldStart = performance.now() - begun;
    leave = crowd(gateway, rate);
    const timer = setTimeout(() => run.kill("SIGINT"), GIVE_UP_MS);
    await told;
    clearTimeout(timer);
    await pause(300);
    return { coldStart, ...(await reading(data, v2)) };
  } finally {
    leave();
    await output(serin("stop", "shop", "--data", data, "--quiet"));
    v1.close();
    v2.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Told {
  readonly at: number;
  readonly type: string;
  readonly event: { readonly weight?: number };
}

/** From the journal of a server that is started once more: when the share was live, and when it was taken back. */
async function reading(data: string, canary: Service): Promise<Omit<Round, "coldStart">> {
  const server = serin("serve", "--data", data, "--listen", "127.0.0.1:0", "--quiet");
  try {
    let text = "";
    for (let tries = 0; tries < 100 && text === ""; tries++) {
      await pause(100);
      text = await output(serin("events", "shop", "-o", "json", "--data", data)).catch(() => "");
    }
    const view = JSON.parse(await output(serin("get", "shop", "-o", "json", "--data", data))) as {
      readonly gates: readonly { readonly gate: string; readonly measuredTo: number }[];
    };
    const told = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Told);
    const live = told.find(({ type, event }) => type === "planLive" && event.weight === 500);
    const back = told.find(({ type }) => type === "rolledBack");
    if (live === undefined || back === undefined) return { found: null, afterwards: null, met: canary.asked.length };
    const measuredTo = view.gates.find(({ gate }) => gate === "failures")?.measuredTo ?? back.at;
    const deciding = canary.failed.findLast((at) => at < measuredTo) ?? back.at;
    const last = canary.asked.at(-1) ?? back.at;
    return { found: back.at - live.at, afterwards: last - deciding, met: canary.asked.length };
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("close", resolve));
  }
}

const sorted = (values: readonly (number | null)[]) => values.filter((v) => v !== null).toSorted((a, b) => a - b);
const median = (values: readonly (number | null)[]) => sorted(values)[Math.floor(sorted(values).length / 2)] ?? NaN;
const ms = (value: number) => `${Math.round(value).toLocaleString("en")} ms`;

function verdict(what: string, values: readonly (number | null)[], limit: number): string {
  const [middle, worst] = [median(values), sorted(values).at(-1) ?? NaN];
  const missed = values.filter((value) => value === null).length;
  const holds = middle < limit && missed === 0 ? "holds" : "does not hold";
  return `| ${what} | ${ms(middle)} | ${ms(worst)} | ${missed} | under ${ms(limit)}: ${holds} |`;
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, rate: { type: "string", default: "1000" } },
});
const rounds: Round[] = [];
for (let number = 1; number <= Number(values.rounds); number++) {
  const one = await round(number, Number(values.rate));
  rounds.push(one);
  process.stderr.write(`round ${number}: ${JSON.stringify(one)}\n`);
}
process.stdout.write(
  [
    `A canary that fails 5 % against 0.5 %, 5 % of ${values.rate} requests a second, every request somebody new, default gates:`,
    "",
    "| | median | worst | not within a minute | target for the median |",
    "| --- | ---: | ---: | ---: | --- |",
    verdict(
      "cold start of `serin run` to the first proxied request",
      rounds.map((r) => r.coldStart),
      1500,
    ),
    verdict(
      "from the share being live to the rollback",
      rounds.map((r) => r.found),
      5000,
    ),
    verdict(
      "from the deciding request to the last one the canary got",
      rounds.map((r) => r.afterwards),
      1000,
    ),
    "",
    `The canary got ${rounds.map(({ met }) => met).join(", ")} requests.`,
    "",
  ].join("\n"),
);
