/** What every route is made with: the typed Fastify instance and the few parts that routes share. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Loaded } from "../engine/ports.ts";
import { noSuchRollout } from "../stores/store.ts";
import type { Changes } from "./changes.ts";
import type { Limits, ServerDeps } from "./deps.ts";
import type { Streams } from "./events.ts";
import type { Links } from "./links.ts";
import type { Metrics } from "./metrics.ts";
import type { Traces } from "./pages/traces.ts";
import type { Sessions } from "./sessions.ts";
import type { Role } from "./roles.ts";
import type { Caller } from "./tokens.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may ask; `view` unless said. */
    role?: Role | "none";
    /** What the body is; a route that says nothing takes none. */
    reads?: "json" | "document" | "events" | "metrics" | "form";
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface Wiring {
  readonly deps: ServerDeps;
  readonly limits: Limits;
  readonly changes: Changes;
  readonly streams: Streams;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** Null where there are no tokens. */
  readonly sessions: Sessions | null;
  readonly links: Links;
  /** Aborts when the server begins to close. */
  readonly closing: AbortSignal;
}

export { noSuchRollout };

/** A rollout as remembered. Throws NOT_FOUND. */
export async function loaded({ records }: Pick<ServerDeps, "records">, name: string): Promise<Loaded> {
  const found = await records.load(name);
  if (found === null) throw noSuchRollout(name);
  return found;
}
