/**
 * The dashboard: one page for every address a person may open, and its files. Anybody may have them, for they hold nothing:
 * what they show comes from the API, which asks who is asking.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { builtDashboard, readFiles, type File, type Files } from "../dashboard.ts";
import type { App, Wiring } from "../wiring.ts";

/** Addresses of pages; the page itself knows which one it is. */
const pages = ["/", "/rollouts/*", "/history", "/new", "/plan", "/settings", "/login", "/share"] as const;

/** Nothing but our own files and our own API; no inline script or style; framed by nobody (CSP Level 3). */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const NOT_BUILT =
  "The dashboard is not built yet: run `npm run web:build` in the clone of Serin and load this page again.\n";

export function dashboardRoutes(app: App, { deps }: Wiring): void {
  const folder = deps.dashboard ?? builtDashboard;
  let files: Files | null = null;
  const present = () => (files ??= readFiles(folder));

  // What a page keeps in its address is its own business.
  const schema = { hide: true, querystring: z.looseObject({}) };
  for (const url of pages) {
    app.route({
      method: "GET",
      url,
      config: { role: "none" },
      schema,
      handler: async (request, reply) => {
        const page = present()?.get("index.html");
        void reply.header("content-security-policy", policy);
        return page === undefined
          ? reply.code(503).type("text/plain; charset=utf-8").send(NOT_BUILT)
          : send(page, request, reply);
      },
    });
  }

  for (const url of ["/assets/:file", "/favicon.svg"]) {
    app.route({
      method: "GET",
      url,
      config: { role: "none" },
      schema: { hide: true },
      handler: async (request, reply) => {
        const file = present()?.get(request.url.slice(1));
        if (file === undefined)
          throw new SerinError("NOT_FOUND", "the dashboard has no such file; load the page again");
        return send(file, request, reply);
      },
    });
  }
}

function send(file: File, { headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const caching = file.lasting ? "public, max-age=31536000, immutable" : "no-cache";
  void reply.headers({ "cache-control": caching, etag: file.etag, vary: "accept-encoding" }).type(file.type);
  if (headers["if-none-match"] === file.etag) return reply.code(304).send();
  const zipped = /\bgzip\b/.test(headers["accept-encoding"] ?? "") ? file.gzip : null;
  return zipped === null ? reply.send(file.body) : reply.header("content-encoding", "gzip").send(zipped);
}
