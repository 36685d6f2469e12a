/** One process on one machine: SQLite remembers, the embedded gateway splits and counts, the API answers. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Modes, Running, ServeOptions } from "../cli/modes.ts";
import { documentSchema, parseKept, readDocument } from "../document/index.ts";
import { systemClock } from "../engine/clock.ts";
import { createEngine } from "../engine/engine.ts";
import { createOutbox } from "../engine/outbox.ts";
import { ClusterSecrets } from "../engine/cluster-secrets.ts";
import { secretsFrom } from "../engine/secrets.ts";
import { stopGateway } from "../gateway/stop.ts";
import { Links } from "../http/links.ts";
import { measured } from "../http/live.ts";
import { publicBase } from "../http/offers.ts";
import { createServer } from "../http/server.ts";
import { openTokens } from "../http/tokens.ts";
import { runner } from "../engine/run.ts";
import { EventBook } from "../metrics/events/book.ts";
import { notifiedNames } from "../notifiers/index.ts";
import { initialStatus } from "../rollout/initial.ts";
import { openStore } from "../stores/index.ts";
import { Gateways } from "./gateways.ts";
import { inCluster } from "./in-cluster.ts";
import { failing, telling } from "./log.ts";
import { notifiersWith, portsWith, tellingDeps, tellingWith } from "./wiring.ts";
import { version } from "./version.ts";

export const embedded: Modes = {
  serve,
  stopGateway: ({ data, name }) => stopGateway({ dir: data, name, tmp: tmpdir() }),
};

/** How often old measurements are forgotten, and of how many releases they are kept. */
const PRUNE_MS = 3_600_000;
const KEPT_RELEASES = 20;

async function serve({ data, listen, tokenFile, publicUrl, env, log: line }: ServeOptions): Promise<Running> {
  const failed = Promise.withResolvers<never>();
  const log = failing(telling(line, (env["SERIN_DEBUG"] ?? "") !== ""), failed.reject);
  const own = randomBytes(32).toString("base64url");
  const tokens = openTokens({ token: env["SERIN_TOKEN"] || undefined, file: tokenFile, own }, log);
  const reached = { base: publicAddress(publicUrl, env) };
  const store = await openStore({ sqlite: { dir: data }, parse: parseKept, notified });
  const parts = compose({ data, env, line, log, store, tokens, reached });
  try {
    const url = await parts.api.listen(listen);
    reached.base ??= url;
    await parts.engine.start();
    parts.outbox.start();
    failed.promise.catch(() => {});
    return { url, token: tokens === null ? null : own, failed: failed.promise, close: parts.close };
  } catch (thrown) {
    await parts.close();
    throw thrown;
  }
}

/** Where others reach this server; null: nobody has said. Throws USAGE, ENVIRONMENT_INVALID. */
function publicAddress(flag: string | undefined, { SERIN_PUBLIC_URL }: ServeOptions["env"]): string | null {
  if (flag !== undefined) return publicBase(flag, "--public-url", "USAGE");
  if (SERIN_PUBLIC_URL === undefined || SERIN_PUBLIC_URL === "") return null;
  return publicBase(SERIN_PUBLIC_URL, "SERIN_PUBLIC_URL", "ENVIRONMENT_INVALID");
}

const notified = (name: string, document: unknown) => notifiedNames(parseKept(name, document));
const textOf = (path: string) => readFile(path, "utf8");

interface World {
  readonly data: string;
  readonly env: ServeOptions["env"];
  readonly line: ServeOptions["log"];
  readonly log: ReturnType<typeof telling>;
  readonly store: Awaited<ReturnType<typeof openStore>>;
  readonly tokens: ReturnType<typeof openTokens>;
  /** Known once the API listens. */
  readonly reached: { readonly base: string | null };
}

/** Which adapter stands behind which port, and how all of it ends. */
function compose({ data, env, line, log, store, tokens, reached }: World) {
  const now = () => Date.now();
  const clock = systemClock(now);
  const cluster = new ClusterSecrets(inCluster({ env, readFile: textOf }), now);
  const secrets = secretsFrom({ env, readFile: textOf, cluster });
  // whoever may put a document could run anything: only where whoever starts the server wants that
  const run = env["SERIN_COMMANDS"] === "allow" ? runner(env["PATH"] ?? "") : null;
  const events = new EventBook(now);
  const gateways = new Gateways({ dir: data, tmp: tmpdir(), version, env, log: line });
  const engine = createEngine({
    store,
    clock,
    portsOf: portsWith({ gateways, fetch, secrets, readFile: textOf, events, run, now }),
    names: () => store.names(),
    gone: (name) => {
      gateways.forget(name);
      events.forget(name);
    },
    ticked: (name, seconds) => api.metrics.ticked(name, seconds),
    log,
  });
  const live = async (name: string) => (await gateways.known(name))?.live() ?? null;
  const links = new Links({ records: store, now });
  const reach = {
    links,
    base: () => reached.base,
    load: (name: string) => store.load(name),
    live: (name: string) => measured({ live, log }, name),
    now,
  };
  const told = tellingDeps({ fetch, secrets, now, print: line, run }, reach);
  const outbox = createOutbox({
    records: store,
    clock,
    random: Math.random,
    counted: (rollout, notifier, fate) => api.metrics.notified(rollout, notifier, fate),
    notifiersOf: notifiersWith(store, told),
    log,
  });
  const api = createServer({
    records: store,
    engine: {
      // whoever puts a document or asks for something may have repaired what messages wait for
      wake: (name) => {
        engine.wake(name);
        outbox.wake(name);
      },
    },
    parse: (text) => readDocument(text, "body"),
    specOf: parseKept,
    initial: (_name, spec) => initialStatus(spec, now(), randomBytes(12).toString("base64url")),
    live,
    gateways: {
      serves: async (name) => {
        const gateway = await gateways.known(name).catch(() => null);
        return gateway === null ? null : `port ${gateway.port}`;
      },
      stop: (name) => stopGateway({ dir: data, name, tmp: tmpdir() }),
    },
    links,
    telling: tellingWith(told),
    schema: documentSchema,
    applications: events,
    version,
    now,
    tokens,
    log,
  });
  const prune = () => store.prune(now(), KEPT_RELEASES).catch((thrown: unknown) => log("error", String(thrown)));
  const pruning = setInterval(() => void prune(), PRUNE_MS).unref();
  const close = async () => {
    clearInterval(pruning);
    await Promise.allSettled([api.close(), engine.close()]);
    await outbox.close();
    gateways.close();
    await store.close();
  };
  return { engine, outbox, api, close };
}
