/**
 * A server to look at: the real engine and the real API over invented traffic, on a clock that runs as fast as is wanted.
 *   await using stage = await openStage({ cast, speed: 10, playedMs: 900_000 });
 */
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { createServer, type ApiServer } from "../../src/http/server.ts";
import type { ServerDeps } from "../../src/http/deps.ts";
import { initialStatus } from "../../src/rollout/initial.ts";
import { VirtualClock } from "../../src/sim/clock.ts";
import { documentSchema, parseKept, readDocument } from "../../src/document/index.ts";
import { World } from "../../src/sim/world.ts";
import { openStore, type OpenStore } from "../../src/stores/index.ts";
import type { Player } from "./cast.ts";
import { seeded } from "../../src/stats/random.ts";
import { Ledger } from "./ledger.ts";
import { withSlices } from "./slices.ts";

export interface StageOptions {
  readonly cast: readonly Player[];
  /** Seconds of the stage in one second. */
  readonly speed: number;
  /** What has happened before the curtain rises. */
  readonly playedMs: number;
  /** When it rises, epoch milliseconds. */
  readonly now: number;
  readonly listen?: string;
  /** A store that is there already: the stage goes on where another one ended. */
  readonly store?: OpenStore;
  readonly tokens?: ServerDeps["tokens"];
  /** Folder of the built dashboard; where its build puts it unless said. */
  readonly dashboard?: string;
}

export interface Stage extends AsyncDisposable {
  readonly url: string;
  readonly api: ApiServer;
  readonly store: OpenStore;
  readonly engine: Engine;
  readonly clock: VirtualClock;
  /** Lets so much time pass at once. */
  pass(ms: number): Promise<void>;
}

const textOf = ({ name, spec }: Player) =>
  `apiVersion: serin.dev/v1alpha1\nkind: Rollout\nmetadata:\n  name: ${name}\nspec:\n  gateway: { listen: 127.0.0.1:0 }\n${spec}\n`;

/** What a stage remembers in. */
export const openStageStore = (): Promise<OpenStore> => openStore({ memory: {}, parse: parseKept });

export async function openStage(options: StageOptions): Promise<Stage> {
  const { cast, now, playedMs, speed } = options;
  const clock = new VirtualClock(now - playedMs);
  const store = options.store ?? (await openStageStore());
  const worlds = new Map(cast.map(({ name, truth }, i) => [name, new World(clock, truth, i + 1)]));
  const ledgers = new Map(cast.map(({ name, people = 20_000 }) => [name, new Ledger(people)]));
  const portsOf = (name: string) => {
    // Who came later, by hand, finds the first one's traffic.
    const world = worlds.get(name) ?? new World(clock, cast[0].truth, worlds.size + 1);
    worlds.set(name, world);
    return world;
  };
  const log = () => {};
  const random = seeded(5);
  const sliced = (name: string) => withSlices(portsOf(name), random);
  const engine = createEngine({ store, clock, portsOf: sliced, names: () => store.names(), gone: () => {}, log });
  for (const player of cast)
    await store.put(player.name, textOf(player), (spec) => initialStatus(spec, clock.now(), `seed-${player.name}`));
  await engine.start();
  if (options.store === undefined) await play(cast, store, engine, clock, now);
  const api = createServer({
    records: store,
    engine,
    parse: (text) => readDocument(text, "body"),
    specOf: parseKept,
    initial: (name, spec) => initialStatus(spec, clock.now(), `seed-${name}`),
    live: async (name) =>
      (await ledgers.get(name)?.read(portsOf(name), (await store.load(name))?.status, clock.now())) ?? null,
    schema: documentSchema,
    version: "demo",
    now: () => clock.now(),
    tokens: options.tokens ?? null,
    log,
    ...(options.dashboard === undefined ? {} : { dashboard: options.dashboard }),
  });
  const url = await api.listen(options.listen ?? "127.0.0.1:0");
  const stop = run(clock, speed);
  return {
    url,
    api,
    store,
    engine,
    clock,
    pass: (ms) => clock.pass(clock.now() + ms),
    async [Symbol.asyncDispose]() {
      await stop();
      const closed = engine.close();
      // What is under way waits for a moment of the stage.
      await clock.pass(clock.now() + 1000);
      await closed;
      await api.close();
      if (options.store === undefined) await store.close();
    },
  };
}

/** Everything up to the moment at which the curtain rises. */
async function play(cast: readonly Player[], store: OpenStore, engine: Engine, clock: VirtualClock, now: number) {
  const began = clock.now();
  const deeds = cast.flatMap(({ name, deeds = [] }) => deeds.map((deed) => ({ name, ...deed })));
  for (const { name, at, signal } of deeds.toSorted((a, b) => a.at - b.at)) {
    if (began + at * 1000 > now) break;
    await clock.pass(began + at * 1000);
    await store.signal(name, clock.now(), signal);
    engine.wake(name);
  }
  await clock.pass(now);
}

const FRAME_MS = 50;

/** Keeps the clock going; resolves, once stopped, when nothing of it is under way. */
function run(clock: VirtualClock, speed: number): () => Promise<void> {
  const began = { real: performance.now(), staged: clock.now() };
  let passing: Promise<void> | null = null;
  const timer = setInterval(() => {
    const until = began.staged + (performance.now() - began.real) * speed;
    if (until > clock.now()) passing ??= clock.pass(until).finally(() => (passing = null));
  }, FRAME_MS);
  return async () => {
    clearInterval(timer);
    await passing;
  };
}
