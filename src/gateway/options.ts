/** What people may say about the gateway: section `gateway` of the document. Output is typed, complete, in milliseconds. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { durationSchema } from "../rollout/amounts.ts";
import { LISTEN, parseListen } from "./listen.ts";

export { formatListen, parseListen, type Listen } from "./listen.ts";

const listen = z
  .string()
  .transform((text, ctx) => {
    const parsed = parseListen(text);
    if (parsed !== null) return parsed;
    ctx.addIssue({ code: "custom", message: `expected an address with a port, such as "127.0.0.1:8080" or ":8080"` });
    return z.NEVER;
  })
  .meta({ title: "address", pattern: LISTEN.source, examples: ["127.0.0.1:8080", ":8080", "[::1]:8080"] });

const timeouts = z.strictObject({
  connect: durationSchema.prefault("2s").describe("until a backend accepts a connection; then it counts as failed"),
  response: durationSchema
    .prefault("1m")
    .describe("longest silence of a backend while an answer is due; then it counts as a timeout"),
  idle: durationSchema.prefault("75s").describe("how long a connection is kept between requests"),
  head: durationSchema.prefault("10s").describe("longest time a client may take to send the head of a request"),
  drain: durationSchema.prefault("10s").describe("how long requests under way may take to end when the gateway stops"),
});

const limits = z.strictObject({
  connections: z.int().min(1).max(200_000).default(10_000).describe("client connections per worker; more are refused"),
  headBytes: z.int().min(1024).max(1_048_576).default(32_768).describe("head of a request or answer; more is refused"),
  uriBytes: z.int().min(256).max(65_536).default(8192).describe("target of a request; a longer one is refused"),
});

export const gatewaySchema = z.strictObject({
  listen: listen.prefault("127.0.0.1:8080").describe("where clients are served"),
  workers: z
    .union([z.int().min(1).max(64), z.literal("auto")])
    .default(1)
    .describe(
      "processes that serve: a number, or auto for one per core; one carries some ten thousands requests a second",
    ),
  trustForwarded: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "how many proxies stand in front and are believed in X-Forwarded-For: 0 takes the peer as the client, 1 the last address named, and so on",
    ),
  timeouts: timeouts.prefault({}).describe("how long to wait for what"),
  limits: limits.prefault({}).describe("what is refused for its size"),
});

export type GatewayOptions = z.output<typeof gatewaySchema>;
export type GatewayInput = z.input<typeof gatewaySchema>;

/** "auto" leaves nothing idle: the host, which never serves, needs little. */
export function workerCount({ workers }: Pick<GatewayOptions, "workers">): number {
  return workers === "auto" ? Math.min(64, availableParallelism()) : workers;
}
