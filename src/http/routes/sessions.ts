/** Sessions: who this browser is, entering with a token or a link, leaving; and links for those who may only look. */
import { z } from "zod";
import type { FastifyReply, FastifyRequest } from "fastify";
import { SerinError } from "../../errors.ts";
import { limitOf, mayAs } from "../roles.ts";
import { isForeign, SESSION_MS, type Sessions } from "../sessions.ts";
import type { Caller } from "../tokens.ts";
import { errorBodySchema, PREFIX } from "../wire.ts";
import { enterSchema, sessionSchema, shareRequestSchema, shareSchema, type SessionView } from "../wire-pages.ts";
import { loaded, type App, type Wiring } from "../wiring.ts";

const tags = ["server"];
const url = `${PREFIX}/session`;

export function sessionRoutes(app: App, { deps, sessions }: Wiring): void {
  app.route({
    method: "GET",
    url,
    config: { role: "none" },
    schema: {
      tags,
      operationId: "session",
      summary: "Who asks, and what may be asked",
      security: [],
      response: { 200: sessionSchema, default: errorBodySchema },
    },
    handler: async (request, reply): Promise<SessionView> => {
      if (sessions === null) return viewOf("local", request.caller);
      const pass = sessions.of(request);
      const caller = pass === null ? null : sessions.caller(pass);
      if (pass === null || caller === null) return nobody;
      const left = pass.until - deps.now();
      if (pass.only === null && left < SESSION_MS / 2)
        keep(request, reply, sessions, sessions.seal({ ...pass, until: deps.now() + SESSION_MS }), SESSION_MS);
      return viewOf(pass.only === null ? "token" : "share", caller);
    },
  });

  app.route({
    method: "POST",
    url,
    config: { role: "none", reads: "json" },
    schema: {
      tags,
      operationId: "enter",
      summary: "Exchanges a token, or a share link's code, for a cookie of this browser",
      security: [],
      body: enterSchema,
      response: { 200: sessionSchema, default: errorBodySchema },
    },
    handler: async (request, reply) => {
      if (sessions === null)
        throw new SerinError("CONFLICT", "this server has no tokens: whoever reaches it is in already");
      if (isForeign(request)) throw new SerinError("FORBIDDEN", "requests from other web pages are not answered");
      const { token, share } = request.body;
      const sealed = token === undefined ? (share ?? "") : sessions.enter(token);
      const pass = sessions.open(sealed);
      const caller = pass === null ? null : sessions.caller(pass);
      if (pass === null || caller === null)
        throw new SerinError("UNAUTHORIZED", "this link is over, or was cut short on its way");
      if (!mayAs(caller.role, "view"))
        throw new SerinError("FORBIDDEN", `the token ${caller.name} ${limitOf[caller.role]}`);
      keep(request, reply, sessions, sealed, pass.until - deps.now());
      return viewOf(pass.only === null ? "token" : "share", caller);
    },
  });

  app.route({
    method: "DELETE",
    url,
    config: { role: "none" },
    schema: {
      tags,
      operationId: "leave",
      summary: "Makes this browser forget who it is",
      security: [],
      response: { 204: z.undefined().describe("Left"), default: errorBodySchema },
    },
    handler: async (request, reply) => {
      if (sessions !== null) keep(request, reply, sessions, "", 0);
      return reply.code(204).send();
    },
  });

  app.route({
    method: "POST",
    url: `${PREFIX}/shares`,
    config: { role: "admin", reads: "json" },
    schema: {
      tags,
      operationId: "share",
      summary: "A link with which others may look at one rollout for a while",
      body: shareRequestSchema,
      response: { 201: shareSchema, default: errorBodySchema },
    },
    handler: async ({ body: { rollout, hours }, caller }, reply) => {
      if (sessions === null)
        throw new SerinError(
          "CONFLICT",
          "this server has no tokens and is reached from its own machine only: there is nobody to share with",
        );
      await loaded(deps, rollout);
      const until = deps.now() + hours * 3_600_000;
      const code = sessions.seal({ token: caller.name, until, only: rollout });
      return reply.code(201).send({ path: `/share#${code}`, rollout, until });
    },
  });
}

const nobody: SessionView = { access: "none", name: null, role: null, only: null };

const viewOf = (access: SessionView["access"], { name, role, only }: Caller): SessionView => ({
  access,
  name,
  role,
  only: only ?? null,
});

/** `Secure` where the page itself came over TLS: this server speaks plain HTTP, and what stands before it need not. */
function keep(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { cookie }: Sessions,
  sealed: string,
  ms: number,
): void {
  const secure = URL.parse(headers.origin ?? headers.referer ?? "")?.protocol === "https:" ? "; Secure" : "";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  void reply.header(
    "set-cookie",
    `${cookie}=${sealed}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`,
  );
}
