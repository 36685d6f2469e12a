/** What only a real process shows: pipes that close, signals, the standard input, an old Node. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { api, viewOf } from "../../test/cli/fixtures.ts";
import { shop } from "../../test/cli/stage.ts";
import { systemShell } from "./system.ts";

const main = fileURLToPath(new URL("../../test/cli/main.ts", import.meta.url));
const bin = fileURLToPath(new URL("../../bin/serin.cjs", import.meta.url));
const env = { PATH: process.env["PATH"] ?? "", NO_COLOR: "1" };

const start = (...argv: string[]) => spawn(process.execPath, [main, ...argv], { env, stdio: ["pipe", "pipe", "pipe"] });

function finished(child: ChildProcess): Promise<{ code: number | null; signal: string | null; err: string }> {
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, err })));
}

/** A server whose stream of events stays open and whose rollout changes all the time. */
async function server() {
  let version = 1;
  const http = createServer((request, response) => {
    const { fetch } = api([viewOf({ version: version++ })]);
    void fetch(new URL(request.url ?? "/", "http://x")).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (request.url?.startsWith("/v1/events") === true) return void response.write("id: 15\n\n");
      response.end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

test("a document on the standard input", async () => {
  const child = start("lint", "-");
  child.stdin.end(shop());
  expect(await finished(child)).toEqual({ code: 0, signal: null, err: "" });
});

test("a reader that leaves is no error", async () => {
  const child = start("schema");
  child.stdout.destroy();
  expect(await finished(child)).toEqual({ code: 0, signal: null, err: "" });
});

test("what is followed ends when nobody reads any more", async () => {
  await using at = await server();
  const child = start("get", "shop", "-w", "-o", "json", "--server", at.url);
  child.stdout.once("data", () => child.stdout.destroy());
  // the next view is written into the closed pipe
  expect(await finished(child)).toEqual({ code: 0, signal: null, err: "" });
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends following with 130", async (signal) => {
  await using at = await server();
  const child = start("status", "shop", "-w", "--server", at.url);
  child.stdout.once("data", () => child.kill(signal));
  expect(await finished(child)).toEqual({ code: 130, signal: null, err: "" });
});

test("the second interrupt ends it at once, whatever is under way", () => {
  const script = `
    import { systemShell } from ${JSON.stringify(fileURLToPath(new URL("./system.ts", import.meta.url)))};
    let times = 0;
    systemShell().onInterrupt(() => { times += 1; process.stdout.write("heard " + times + "\\n"); process.kill(process.pid, "SIGINT"); });
    setTimeout(() => process.exit(9), 20_000);
    process.kill(process.pid, "SIGINT");`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 130, stdout: "heard 1\n" });
});

test("an interrupt is heard only for as long as somebody listens", () => {
  const before = process.listenerCount("SIGHUP");
  const deaf = systemShell().onInterrupt(() => {});
  expect(process.listenerCount("SIGHUP")).toBe(before + 1);
  deaf();
  expect(process.listenerCount("SIGHUP")).toBe(before);
});

test("sleep ends early, and at once when it was too late before it began", async () => {
  const shell = systemShell();
  const abort = new AbortController();
  const slept = shell.sleep(60_000, abort.signal);
  abort.abort();
  await slept;
  await shell.sleep(60_000, abort.signal);
  await shell.sleep(1);
});

test("which processes are alive", () => {
  const shell = systemShell();
  expect(shell.alive(process.pid)).toBe(true);
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect(shell.alive(pid)).toBe(false);
});

/** Runs bin/serin.cjs as if Node were another one. */
function under(version: string, ...argv: string[]) {
  const script = `
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } });
    process.argv.splice(1, 0, ${JSON.stringify(bin)});
    require(${JSON.stringify(bin)});`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", script, "--", ...argv], {
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

test.each(["0.12.18", "18.20.8", "20.20.2", "22.17.1"])(
  "on Node %s it says so in a sentence and exits 2",
  (version) => {
    const stderr = `serin: this is Node ${version} and Serin needs Node 22.19 or newer\n`;
    expect(under(version, "version")).toEqual({ status: 2, stdout: "", stderr });
  },
);

test("an old Node can read the file that tells it", () => {
  const text = readFileSync(bin, "utf8");
  expect(text).not.toMatch(/\b(?:const|let|class|async|await|import)\b[ (]|=>|`|\.\.\.|\?\.|\?\?/);
});

test("the program starts from a clone, whoever's home it is", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "version", "--client"], {
    encoding: "utf8",
    env: { ...env, HOME: "/proc/nowhere", XDG_CACHE_HOME: "/proc/nowhere" },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^client \d+\.\d+\.\d+ \(Node /);
});
