/**
 * `npm run demo`: two real HTTP services, real load, one good release shipped to everybody and one bad release taken
 * back, all through the command line that anybody would use.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { startLoad } from "./load.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const serinMain = here("../../bin/serin.cjs");
const gatewayUrl = "http://127.0.0.1:18080";
const data = mkdtempSync(join(tmpdir(), "serin-demo-"));
const started = performance.now();
const children: ChildProcess[] = [];

type Style = Parameters<typeof styleText>[0];
function say(text: string, style: Style = "reset"): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${styleText("dim", `${seconds}s`)}  ${styleText(style, text)}\n`);
}

/** A revision of the shop as its own process; resolves once it listens. */
async function shop(port: number, revision: string, failureRate: number, medianMs: number): Promise<void> {
  const child = fork(here("service.ts"), [String(port), revision, String(failureRate), String(medianMs)], {
    stdio: "inherit",
  });
  children.push(child);
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error(`${revision} did not start: is port ${port} taken?`)));
  });
}

function serin(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [serinMain, ...args, "--data", data], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs one command to its end; its exit code and what it printed. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const child = serin(args);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number>((resolve) => child.once("close", (status) => resolve(status ?? 1)));
  return { code, text };
}

/** Starts a command that stays and shows every line it prints. */
function follow(...args: string[]): ChildProcess {
  const child = serin(args);
  children.push(child);
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) say(`  ${line}`, "cyan");
  });
  return child;
}

/** A machine that is busy with other things may take a minute to start. */
async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(gatewayUrl)).status < 500;
  } catch {
    return false;
  }
}

async function demo(): Promise<boolean> {
  say("A shop with 400 requests per second: v1 serves everybody, v2 is about as good.", "bold");
  await Promise.all([shop(18081, "v1", 0.002, 6), shop(18082, "v2", 0.002, 6), shop(18083, "v3", 0.06, 7)]);
  const server = follow("serve", here("rollout.yaml"), "--listen", "127.0.0.1:0");
  await until("the gateway", answers);
  const load = startLoad(gatewayUrl, 400);

  say("Release 1: v2 is good. Serin should find that out and give it everything.", "bold");
  const good = await run("wait", "shop", "--for", "decided", "--timeout", "120s");
  say(good.text.trim().split("\n").at(-1) ?? "", good.code === 0 ? "green" : "red");
  say((await run("explain", "shop")).text.trim().replaceAll("\n", "\n        "));

  say("Release 2: v3 fails 6 % of its requests. Serin should take it back, having shown it to few.", "bold");
  const before = load.seen.sent;
  await run("start", "shop", "--canary", "http://127.0.0.1:18083", "--revision", "v3");
  const bad = await run("wait", "shop", "--for", "decided", "--timeout", "120s");
  say(bad.text.trim().split("\n").at(-1) ?? "", bad.code === 3 ? "green" : "red");
  say((await run("explain", "shop")).text.trim().replaceAll("\n", "\n        "));
  const met = (load.seen.answers.get("v3") ?? 0) + (load.seen.failures.get("v3") ?? 0);

  await load.stop();
  const { seen } = load;
  say("What the shoppers saw:", "bold");
  say(`  ${seen.sent} requests by ${seen.visitors.size} visitors; ${seen.broken} of them were broken by the gateway.`);
  say(`  ${met} of ${seen.sent - before} requests met v3, and ${seen.failures.get("v3") ?? 0} of those failed.`);
  await run("stop", "shop");
  server.kill("SIGINT");
  return good.code === 0 && bad.code === 3 && seen.broken === 0;
}

let fine = false;
try {
  fine = await demo();
} catch (thrown) {
  say(thrown instanceof Error ? thrown.message : String(thrown), "red");
  await run("stop", "shop");
} finally {
  for (const child of children) child.kill();
  rmSync(data, { recursive: true, force: true });
}
say(
  fine ? "Done: the good release went out, the bad one was taken back." : "Something did not go as it should.",
  fine ? "green" : "red",
);
process.exit(fine ? 0 : 1);
