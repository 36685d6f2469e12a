/**
 * The best reverse proxies on npm, set up as a canary gateway that does what the others in the race do: a sticky cookie
 * hashed against the share, a forced match, X-Forwarded-For and a request id, counts and latency per arm.
 *   node node-proxies.ts http-proxy-3|@fastify/reply-from PORT STABLE_PORT CANARY_PORT
 */
import { createHash, randomUUID } from "node:crypto";
import { Agent, createServer, type IncomingMessage } from "node:http";

const [, , which, port, stable, canary] = process.argv;

type Arm = "stable" | "canary";
const BUCKETS = 256;
const arms = {
  stable: { requests: 0, failures: 0, latency: new Uint32Array(BUCKETS) },
  canary: { requests: 0, failures: 0, latency: new Uint32Array(BUCKETS) },
};

interface Assigned {
  readonly arm: Arm;
  readonly target: string;
  /** The cookie to set for a visitor who has none. */
  readonly cookie: string | null;
}

function assign(request: IncomingMessage): Assigned {
  const sent = /(?:^|; )visitor=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const unit = sent ?? randomUUID();
  const arm = request.headers["x-qa"] === "yes" || place(unit) < 0.05 ? "canary" : "stable";
  return {
    arm,
    target: `http://127.0.0.1:${arm === "canary" ? canary : stable}`,
    cookie: sent ? null : `visitor=${unit}; Path=/; HttpOnly`,
  };
}

const place = (unit: string) => createHash("md5").update(`salt${unit}`).digest().readUInt32BE(0) / 2 ** 32;

/** Sixteen buckets to a doubling of the time, from a microsecond on. */
function record(arm: Arm, status: number, tookMs: number): void {
  const counts = arms[arm];
  counts.requests += 1;
  if (status >= 500) counts.failures += 1;
  counts.latency[Math.min(BUCKETS - 1, Math.max(0, Math.floor(16 * Math.log2(tookMs * 1000))))] += 1;
}

if (which === "http-proxy-3") {
  const { createProxyServer } = await import("http-proxy-3");
  const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 1024 }), xfwd: true });
  proxy.on("error", (_error, _request, response) => response.destroy());
  createServer((request, response) => {
    const started = performance.now();
    const { arm, target, cookie } = assign(request);
    if (cookie !== null) response.setHeader("set-cookie", cookie);
    request.headers["x-request-id"] ??= randomUUID();
    response.on("finish", () => record(arm, response.statusCode, performance.now() - started));
    proxy.web(request, response, { target });
  }).listen(Number(port), "127.0.0.1");
} else {
  const { default: fastify } = await import("fastify");
  const { default: replyFrom } = await import("@fastify/reply-from");
  const app = fastify();
  await app.register(replyFrom, { undici: { connections: 256, pipelining: 1 } });
  app.all("/*", (request, reply) => {
    const started = performance.now();
    const { arm, target, cookie } = assign(request.raw);
    if (cookie !== null) reply.header("set-cookie", cookie);
    reply.raw.on("finish", () => record(arm, reply.statusCode, performance.now() - started));
    return reply.from(target + request.url, {
      rewriteRequestHeaders: (from, headers) => ({
        ...headers,
        "x-forwarded-for": request.ip,
        "x-forwarded-proto": "http",
        "x-request-id": from.headers["x-request-id"] ?? randomUUID(),
      }),
    });
  });
  await app.listen({ port: Number(port), host: "127.0.0.1" });
}
