/** One process on one machine: SQLite remembers, the embedded gateway splits and counts, the API answers. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Modes, Running, ServeOptions } from "../cli/modes.ts";
import { documentSchema, parseKept, readDocument } from "../document/index.ts";
import { systemClock } from "../engine/clock.ts";
import { createEngine } from "../engine/engine.ts";
import { createOutbox } from "../engine/outbox.ts";
import { secretsFrom } from "../engine/secrets.ts";
import { stopGateway } from "../gateway/stop.ts";
import type { Log } from "../http/log.ts";
import { createServer } from "../http/server.ts";
import { openTokens } from "../http/tokens.ts";
import { createNotifiers, notifiedNames, type NotifierDeps } from "../notifiers/index.ts";
import { initialStatus } from "../rollout/initial.ts";
import type { Spec } from "../rollout/spec.ts";
import { openStore, type OpenStore } from "../stores/index.ts";
import { Gateways } from "./gateways.ts";
import { documentOf, portsWith } from "./wiring.ts";
import { version } from "./version.ts";

export const embedded: Modes = {
  serve,
  stopGateway: ({ data, name }) => stopGateway({ dir: data, name, tmp: tmpdir() }),
};

/** What is worth a line to whoever started the server. */
const telling = (line: (text: string) => void, verbose: boolean): Log => {
  return (level, message, fields = {}) => {
    if (level === "debug" || (level === "info" && !verbose)) return;
    const said = Object.entries(fields).filter(([, value]) => value !== undefined);
    line([`${level}: ${message}`, ...said.map(([key, value]) => `${key}=${String(value)}`)].join("  "));
  };
};

/** How often old measurements are forgotten, and of how many releases they are kept. */
const PRUNE_MS = 3_600_000;
const KEPT_RELEASES = 20;

async function serve({ data, listen, tokenFile, env, log: line }: ServeOptions): Promise<Running> {
  const log = telling(line, (env["SERIN_DEBUG"] ?? "") !== "");
  const now = () => Date.now();
  const clock = systemClock(now);
  const secrets = secretsFrom({ env, readFile: (path) => readFile(path, "utf8") });
  const own = randomBytes(32).toString("base64url");
  const tokens = openTokens({ token: env["SERIN_TOKEN"] || undefined, file: tokenFile, own }, log);
  const store = await openStore({ sqlite: { dir: data }, parse: parseKept, notified });
  const gateways = new Gateways({ dir: data, tmp: tmpdir(), version, env, log: line });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const engine = createEngine({
    store,
    clock,
    portsOf: portsWith({ gateways, fetch, secrets, now }),
    names: () => store.names(),
    gone: (name) => gateways.forget(name),
    log,
  });
  const outbox = createOutbox({
    records: store,
    clock,
    random: Math.random,
    log,
    counted: (rollout, notifier, fate) => api.metrics.notified(rollout, notifier, fate),
    notifiersOf: notifiersWith(store, { fetch, secrets, now, print: line }),
  });
  // Whoever puts a document or asks for something may have repaired what messages wait for.
  const wake = (name: string) => {
    engine.wake(name);
    outbox.wake(name);
  };
  const api = createServer({
    records: store,
    engine: { wake },
    parse: (text) => readDocument(text, "body"),
    specOf: parseKept,
    initial: (_name, spec) => initialStatus(spec, clock.now(), randomBytes(12).toString("base64url")),
    live: async (name) => (await gateways.known(name))?.live() ?? null,
    schema: documentSchema,
    version,
    now,
    tokens,
    log,
  });
  const close = async () => {
    clearInterval(pruning);
    await Promise.allSettled([api.close(), engine.close()]);
    await outbox.close();
    gateways.close();
    await store.close();
  };
  const prune = () => store.prune(clock.now(), KEPT_RELEASES).catch((thrown: unknown) => log("error", String(thrown)));
  const pruning = setInterval(() => void prune(), PRUNE_MS).unref();
  try {
    const url = await api.listen(listen);
    await engine.start();
    outbox.start();
    return { url, token: tokens === null ? null : own, failed: failed.promise, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const notified = (name: string, document: unknown) => notifiedNames(parseKept(name, document));

/** Notifiers live as long as their document does. */
function notifiersWith(store: OpenStore, deps: NotifierDeps) {
  const made = new WeakMap<Spec, ReturnType<typeof createNotifiers>>();
  return async (name: string) => {
    const spec = (await store.load(name))?.spec;
    if (spec === undefined) return [];
    const known = made.get(spec) ?? createNotifiers(documentOf(spec), deps);
    made.set(spec, known);
    return known;
  };
}
