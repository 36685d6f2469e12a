/**
 * The gateways that are compared, each as one process tree on one core: how it is configured, started and pinned.
 * All split 95/5 over two keep-alive upstreams, keep visitors on their arm by a cookie, obey a forced match, set X-Forwarded-For
 * and a request id, and log or record every request.
 */
import { type ChildProcess, spawn, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openGateway } from "../../src/gateway/open.ts";
import { gatewaySchema } from "../../src/gateway/options.ts";
import { stopGateway } from "../../src/gateway/stop.ts";
import { trafficPlanSchema } from "../../src/rollout/traffic.ts";

/** Processes of a gateway: the CPU time of all is counted, the memory of those that serve. */
export interface Pids {
  readonly all: readonly number[];
  readonly serving: readonly number[];
}

export interface Rival {
  readonly name: string;
  readonly port: number;
  start(): Promise<Pids>;
  stop(): Promise<void>;
}

export interface Ground {
  readonly dir: string;
  readonly stable: number;
  readonly canary: number;
  /** The core proxies are pinned to; null where pinning is not possible. */
  readonly core: number | null;
}

export function onPath(command: string): boolean {
  try {
    execFileSync("which", [command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Puts a process and all its threads on one core. */
export function pin(pid: number, core: number | null): void {
  if (core !== null) execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}

export function pinned(
  core: number | null,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  const [program, argv] = core === null ? [command, args] : ["taskset", ["-c", String(core), command, ...args]];
  return spawn(program, [...argv], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
}

export async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(timer);
}

/** The backends: nginx where there is one (it answers fastest), a Node server otherwise. 100 bytes, and 64 KiB under /large. */
export function backends(dir: string, ports: readonly number[], core: number | null): ChildProcess {
  mkdirSync(join(dir, "www"), { recursive: true });
  writeFileSync(join(dir, "www", "large"), Buffer.alloc(65_536, "x"));
  const servers = ports.map(
    (port) =>
      `server { listen 127.0.0.1:${port} backlog=4096; location / { return 200 "${"x".repeat(100)}"; } location /large { root ${dir}/www; } }`,
  );
  const conf = `worker_processes 1; daemon off; pid ${dir}/backend.pid; error_log stderr error;
events { worker_connections 8192; }
http { access_log off; keepalive_requests 100000000; ${servers.join("\n")} }`;
  writeFileSync(join(dir, "backend.conf"), conf);
  return pinned(core, "nginx", ["-c", join(dir, "backend.conf")]);
}

const plan = (ground: Ground) =>
  trafficPlanSchema.parse({
    version: 1,
    rollout: "bench",
    salt: "bench",
    canaryWeight: 500,
    mirrorWeight: 0,
    unit: { visitor: { cookie: "serin", maxAgeSeconds: 86_400, secure: false } },
    matches: [{ name: "qa", arm: "canary", header: { name: "x-qa", value: { exact: "yes" } } }],
    stable: { revision: "v1", backends: [`http://127.0.0.1:${ground.stable}`] },
    canary: { revision: "v2", backends: [`http://127.0.0.1:${ground.canary}`] },
  });

/** The gateway as it serves in production: its host and one worker, visitors by cookie, a forced match, the record. */
export function serin(ground: Ground, port: number): Rival {
  const place = { dir: join(ground.dir, "serin"), name: "bench", tmp: ground.dir };
  const options = gatewaySchema.parse({ listen: `127.0.0.1:${port}` });
  const log = (line: string) => process.stderr.write(`${line}\n`);
  return {
    name: "Serin",
    port,
    async start() {
      // the second start finds what the first one compiled, as every start but the first in a data directory does
      for (let start = 1; ; start++) {
        const gateway = await openGateway({
          ...place,
          options,
          plan: plan(ground),
          version: "bench",
          env: process.env,
          log,
        });
        await listening(port);
        const { pid } = gateway;
        gateway.close();
        const pids = family(pid);
        if (start === 2) return pinAll(pids, ground.core);
        await settled(3000);
        await stopGateway(place);
      }
    },
    stop: () => stopGateway(place).then(() => {}),
  };
}

function pinAll(pids: readonly number[], core: number | null): Pids {
  for (const pid of pids) pin(pid, core);
  return { all: pids, serving: pids.slice(1) };
}

const settled = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One of the proxies on npm, in `node-proxies.ts`, with the same split and cookie. */
export function npmProxy(ground: Ground, port: number, which: "http-proxy-3" | "@fastify/reply-from"): Rival {
  return script(which, "node-proxies.ts", [which], ground, port);
}

function script(name: string, file: string, args: readonly string[], ground: Ground, port: number): Rival {
  let child: ChildProcess | null = null;
  const path = fileURLToPath(new URL(file, import.meta.url));
  return {
    name,
    port,
    async start() {
      const argv = [path, ...args, String(port), String(ground.stable), String(ground.canary)];
      child = pinned(ground.core, process.execPath, argv, { NODE_ENV: "production" });
      await listening(port);
      return servedByAll(child);
    },
    stop: () => end(child),
  };
}

export function nginx(ground: Ground, port: number): Rival {
  let child: ChildProcess | null = null;
  const conf = `worker_processes 1; daemon off; pid ${ground.dir}/nginx.pid; error_log stderr error;
events { worker_connections 8192; }
http {
  keepalive_requests 100000000; access_log ${ground.dir}/nginx.log combined buffer=64k flush=1s;
  map $cookie_visitor $unit { "" $request_id; default $cookie_visitor; }
  split_clients "salt$unit" $drawn { 5% canary; * stable; }
  map $http_x_qa $arm { yes canary; default $drawn; }
  map $cookie_visitor $fresh { "" "visitor=$request_id; Path=/; HttpOnly"; default ""; }
  upstream stable { server 127.0.0.1:${ground.stable}; keepalive 512; keepalive_requests 100000000; }
  upstream canary { server 127.0.0.1:${ground.canary}; keepalive 512; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port} backlog=4096; location / {
    proxy_pass http://$arm; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Request-Id $request_id; add_header Set-Cookie $fresh;
  } }
}`;
  return {
    name: "nginx (cookie, access log)",
    port,
    async start() {
      writeFileSync(join(ground.dir, "nginx.conf"), conf);
      child = pinned(ground.core, "nginx", ["-c", join(ground.dir, "nginx.conf")]);
      await listening(port);
      return servedByAll(child);
    },
    stop: () => end(child),
  };
}

export function haproxy(ground: Ground, port: number): Rival {
  let child: ChildProcess | null = null;
  const conf = `global
  maxconn 8192
  nbthread 1
  log 127.0.0.1:19514 local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port}
  default_backend arms
backend arms
  balance random
  cookie ARM insert indirect nocache
  http-reuse always
  use-server canary if { req.hdr(x-qa) -m str yes }
  unique-id-format %[uuid()]
  http-request set-header X-Request-Id %[unique-id] unless { req.hdr(X-Request-Id) -m found }
  server stable 127.0.0.1:${ground.stable} weight 95 cookie s
  server canary 127.0.0.1:${ground.canary} weight 5 cookie c
`;
  return {
    name: "HAProxy (cookie, log)",
    port,
    async start() {
      writeFileSync(join(ground.dir, "haproxy.conf"), conf);
      child = pinned(ground.core, "haproxy", ["-q", "-db", "-f", join(ground.dir, "haproxy.conf")]);
      await listening(port);
      return servedByAll(child);
    },
    stop: () => end(child),
  };
}

function servedByAll(child: ChildProcess): Pids {
  const all = family(child.pid ?? 0);
  return { all, serving: all };
}

/** The process and all below it. */
export function family(pid: number): number[] {
  let children: string;
  try {
    children = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  } catch {
    children = "";
  }
  const below = children.split("\n").filter(Boolean).map(Number);
  return [pid, ...below.flatMap(family)];
}

export async function listening(port: number, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      await response.arrayBuffer();
      if (response.ok) return;
    } catch (thrown) {
      if (performance.now() > until) throw new Error(`nothing answered on port ${port}`, { cause: thrown });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
