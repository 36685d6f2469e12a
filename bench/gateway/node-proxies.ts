/** The best reverse proxies on npm, set up as a canary gateway: sticky cookie, hash against the share, a count per arm. */
import { createHash, randomUUID } from "node:crypto";
import { Agent, createServer, type IncomingMessage } from "node:http";

const [, , which, port, stable, canary] = process.argv;
const counts = { stable: 0, canary: 0 };

/** The arm's port, and the cookie to set for a visitor who has none. */
function assign(request: IncomingMessage): { target: string; cookie: string | null } {
  const sent = /(?:^|; )visitor=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const unit = sent ?? randomUUID();
  const point = createHash("md5").update(`salt${unit}`).digest().readUInt32BE(0) / 2 ** 32;
  const arm = point < 0.05 ? "canary" : "stable";
  counts[arm] += 1;
  return {
    target: `http://127.0.0.1:${arm === "canary" ? canary : stable}`,
    cookie: sent ? null : `visitor=${unit}; Path=/; HttpOnly`,
  };
}

if (which === "http-proxy-3") {
  const { createProxyServer } = await import("http-proxy-3");
  const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 1024 }), xfwd: true });
  proxy.on("error", (_error, _request, response) => response.destroy());
  createServer((request, response) => {
    const { target, cookie } = assign(request);
    if (cookie !== null) response.setHeader("set-cookie", cookie);
    proxy.web(request, response, { target });
  }).listen(Number(port), "127.0.0.1");
} else {
  const { default: fastify } = await import("fastify");
  const { default: replyFrom } = await import("@fastify/reply-from");
  const app = fastify();
  await app.register(replyFrom, { undici: { connections: 256, pipelining: 1 } });
  app.all("/*", (request, reply) => {
    const { target, cookie } = assign(request.raw);
    if (cookie !== null) reply.header("set-cookie", cookie);
    return reply.from(target + request.url);
  });
  await app.listen({ port: Number(port), host: "127.0.0.1" });
}
