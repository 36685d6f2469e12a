/**
 * The API as one Fastify instance: access, limits, errors and the routes. It is made of what it is given; `listen` opens
 * it to an address, which must be this machine's own unless there are tokens.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type HTTPMethods } from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { SerinError } from "../errors.ts";
import { HEAD_LIMIT, refuseBytes, securityHeaders, sendError } from "./answers.ts";
import { identify, mayListen } from "./auth.ts";
import { checkBody, readBodies } from "./bodies.ts";
import { Changes } from "./changes.ts";
import { defaultLimits, type Limits, type ServerDeps } from "./deps.ts";
import { createStreams } from "./events.ts";
import { Links } from "./links.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { describe } from "./openapi.ts";
import { Sessions } from "./sessions.ts";
import { limitOf, mayAs } from "./roles.ts";
import { Traces } from "./pages/traces.ts";
import { addRoutes } from "./routes/index.ts";
import { BODY_LIMIT } from "./wire.ts";
import type { App } from "./wiring.ts";

export interface ApiServer {
  readonly app: App;
  readonly metrics: Metrics;
  /** Makes the links that act. */
  readonly links: Links;
  /** Opens it, e.g. to "127.0.0.1:7077"; port 0 takes a free one. Its URL. Throws USAGE, ADDRESS_IN_USE. */
  listen(address: string): Promise<string>;
  /** Ends streams and waits, takes no new connections, lets what is being answered finish. */
  close(): Promise<void>;
}

export function createServer(deps: ServerDeps): ApiServer {
  const limits: Limits = { ...defaultLimits, ...deps.limits };
  const closing = new AbortController();
  const changes = new Changes(deps.records);
  const streams = createStreams(deps.records, changes, limits, deps.log);
  const metrics = createMetrics(deps, () => streams.open);
  const links = deps.links ?? new Links(deps);
  const app = bare(limits, deps).withTypeProvider<ZodTypeProvider>();
  const sessions = deps.tokens === null ? null : new Sessions({ ...deps, tokens: deps.tokens });
  admit(app, deps, sessions);
  app.addHook("onReady", async () => sessions?.ready());
  account(app, deps, metrics);
  readBodies(app);
  describe(app, deps.version, deps.tokens !== null);
  const routes = strict(app);
  app.after(() => {
    const traces = new Traces(deps);
    addRoutes(app, { deps, limits, changes, streams, metrics, traces, sessions, links, closing: closing.signal });
    refuseOtherMethods(app, routes);
  });
  letGoOfUnasked(app, closing.signal);
  app.addHook("preClose", async () => {
    closing.abort();
    streams.close();
    changes.close();
  });
  return { app, metrics, links, listen: (address) => listen(app, address, deps), close: () => close(app) };
}

function bare(limits: Limits, { log }: ServerDeps): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: limits.requestMs,
    handlerTimeout: limits.requestMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    http: {
      headersTimeout: Math.min(10_000, limits.requestMs),
      connectionsCheckingInterval: Math.min(1000, limits.requestMs),
      maxHeaderSize: HEAD_LIMIT,
      // Looked at below, and answered like every other mistake.
      requireHostHeader: false,
    },
    clientErrorHandler: (thrown, socket) => refuseBytes(thrown, socket),
    frameworkErrors: (thrown, request, reply) => {
      void sendError(thrown, request, reply, log);
    },
  });
  app.server.maxConnections = limits.connections;
  app.setValidatorCompiler(validatorCompiler);
  // Answers are made by our own typed code; tests hold them against their schemas. In an incident, showing beats checking.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler((thrown, request, reply) => sendError(thrown, request, reply, log));
  app.setNotFoundHandler(async ({ method }) => {
    if (!known.some((one) => one === method))
      throw new SerinError("METHOD_NOT_ALLOWED", `${method} is not known anywhere here`);
    throw new SerinError("NOT_FOUND", "there is nothing at this path; see /v1/openapi.json");
  });
  return app;
}

/** What two readers could understand differently is refused (RFC 9112, 3.2): two hosts, or none, or another in the target. */
function checkTarget({ url = "", rawHeaders, httpVersion }: IncomingMessage): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1 || (hosts === 0 && httpVersion !== "1.0"))
    throw new SerinError("USAGE", `a request has one Host header; this one has ${hosts}`);
  if (!url.startsWith("/") && url !== "*") throw new SerinError("USAGE", "a request names a path and no other server");
}

/** Before anything else is looked at: who asks, may they, and is the body one that is read here. */
function admit(app: App, { tokens }: ServerDeps, sessions: Sessions | null): void {
  app.decorateRequest("caller");
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(securityHeaders);
    checkTarget(request.raw);
    const needed = request.routeOptions.config.role ?? "view";
    // Without tokens even the health check stays on this machine.
    if (needed === "none" && tokens !== null) return checkBody(request);
    request.caller = identify(request, tokens, sessions);
    const { name, role } = request.caller;
    if (needed !== "none" && !mayAs(role, needed))
      throw new SerinError("FORBIDDEN", `the token ${name} ${limitOf[role]}`);
    checkBody(request);
  });
}

/** One line and one count for each answer: the route's pattern, never the address with what is in it. */
function account(app: App, { log }: ServerDeps, metrics: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "none";
    metrics.answered(method, route, reply.statusCode, reply.elapsedTime / 1000);
    const fields = {
      method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      by: request.caller?.name,
    };
    log(method === "GET" || method === "HEAD" ? "debug" : "info", "answered", fields);
  });
}

/** Every route refuses query keys it does not know. Returns what methods each path has, as routes are added. */
function strict(app: App): Map<string, Set<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook("onRoute", (route) => {
    route.schema = { querystring: z.strictObject({}), ...route.schema };
    const methods = routes.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) methods.add(method);
    routes.set(route.url, methods);
  });
  return routes;
}

const known: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

function refuseOtherMethods(app: App, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of routes) {
    const allow = [...methods].toSorted().join(", ");
    app.route({
      url,
      method: known.filter((method) => !methods.has(method)),
      schema: { hide: true },
      onRequest: async (request, reply) => {
        void reply.header("allow", allow);
        throw new SerinError("METHOD_NOT_ALLOWED", `${request.method} is not known here; this path knows ${allow}`);
      },
      handler: async () => null,
    });
  }
}

async function listen(app: App, address: string, { tokens, log }: ServerDeps): Promise<string> {
  const { host, port } = parseAddress(address);
  mayListen(host, tokens);
  try {
    const url = await app.listen({ host, port });
    log("info", "the API listens", { url });
    return url;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new SerinError("ADDRESS_IN_USE", `something else listens on ${address}`, { cause: thrown });
    if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new SerinError("USAGE", `this machine does not let Serin listen on ${address}`, { cause: thrown });
    }
    throw thrown;
  }
}

/** "127.0.0.1:7077", "[::1]:7077", "localhost:0"; a port alone means 127.0.0.1. Throws USAGE. */
export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const found = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):)?(?<port>\d{1,5})$/.exec(address)?.groups;
  const port = Number(found?.["port"]);
  if (found === undefined || port > 65_535)
    throw new SerinError("USAGE", `${address} is no address: expected HOST:PORT`);
  return { host: (found["host"] ?? "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}

/** Connections on which nothing was asked so far: Node does not take them for idle ones, and they would hold up the end. */
function letGoOfUnasked(app: App, closing: AbortSignal): void {
  const open = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    if (closing.aborted) return void socket.destroy();
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  closing.addEventListener("abort", () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
}

/** How long answers under way may take once the server closes. */
const FAREWELL_MS = 5000;
/** A connection whose last answer ended only now, as a live stream's does, is idle only now, and nobody lets go of it again. */
const SWEEP_MS = 50;

async function close(app: App): Promise<void> {
  const hurry = setTimeout(() => app.server.closeAllConnections(), FAREWELL_MS);
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(hurry);
    clearInterval(sweep);
  }
}
