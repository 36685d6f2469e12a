/** Leading workers, on a virtual clock and with workers that do as they are told; real ones are in `test/gateway/`. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { Crew } from "./crew.ts";
import type { Listen } from "./listen.ts";
import type { WorkerProcess } from "./member.ts";
import { gatewaySchema, type GatewayInput } from "./options.ts";
import type { FromWorker, ToWorker } from "./orders.ts";
import { Tally } from "./tally.ts";
import { tickOf } from "./tick.ts";

const T0 = 1_700_000_000_000;

/** A worker in this process: does what it is told at once, unless it is slow. */
class TestWorker implements WorkerProcess {
  static last = 100;
  readonly pid = ++TestWorker.last;
  readonly loaded = Promise.resolve();
  readonly orders: ToWorker[] = [];
  /** What it was given to accept on. */
  readonly doors: object[] = [];
  /** Takes plans only when `catchUp` is called. */
  slow = false;
  /** Fails to listen. */
  broken = false;
  #say: (message: FromWorker) => void = () => {};
  #ended: (how: string) => void = () => {};
  #behind: number[] = [];

  send(order: ToWorker, handle?: object): void {
    if (handle !== undefined) this.doors.push(handle);
    if (order.say === "door") return;
    this.orders.push(order);
    queueMicrotask(() => this.#obey(order));
  }

  kill(): void {
    this.die("SIGKILL");
  }

  die(how: string): void {
    this.#ended(how);
    this.#ended = () => {};
  }

  onMessage(take: (message: FromWorker) => void): void {
    this.#say = take;
  }

  onEnd(ended: (how: string) => void): void {
    this.#ended = ended;
  }

  say(message: FromWorker): void {
    this.#say(message);
  }

  catchUp(): void {
    for (const plan of this.#behind.splice(0)) this.#say({ say: "routed", plan });
  }

  #obey(order: ToWorker): void {
    if (order.say === "start") this.#start(order.plan?.version ?? 0);
    else if (order.say === "route" && this.slow) this.#behind.push(order.plan.version);
    else if (order.say === "route") this.#say({ say: "routed", plan: order.plan.version });
    else {
      this.#say({ say: "drained" });
      this.die("exit code 0");
    }
  }

  #start(plan: number): void {
    if (this.broken) {
      this.#say({ say: "failed", code: "ADDRESS_IN_USE", message: "something else listens" });
      this.die("exit code 1");
    } else this.#say({ say: "listening", plan, from: tickOf(Date.now()) });
  }
}

function planOf(version: number, over: Partial<TrafficPlan> = {}): TrafficPlan {
  const arm = { revision: "v", backends: [] };
  const split = { salt: "s", canaryWeight: version, mirrorWeight: 0, unit: { address: {} }, matches: [] };
  return { version, rollout: "shop", ...split, stable: arm, canary: arm, ...over };
}

const optionsOf = (over: GatewayInput = {}) => gatewaySchema.parse({ listen: "127.0.0.1:8080", ...over });

function stage() {
  const workers: TestWorker[] = [];
  const bound: string[] = [];
  const lines: string[] = [];
  let broken = false;
  /** Addresses that something else listens on, as in a document. */
  const taken = new Set<string>();
  const given: string[] = [];
  const tally = new Tally(Date.now());
  const fork = () => {
    const worker = new TestWorker();
    worker.broken = broken;
    workers.push(worker);
    return worker;
  };
  const bind = ({ host, port }: Listen) => {
    const name = `${host}:${port}`;
    if (taken.has(name)) return Promise.reject(new SerinError("ADDRESS_IN_USE", `something listens on ${name}`));
    bound.push(`+${name}`);
    return Promise.resolve({ handle: {}, port, close: () => void bound.push(`-${name}`) });
  };
  const log = (line: string) => void lines.push(line);
  const giveUp = (why: string) => void given.push(why);
  const crew = new Crew({ fork, bind, endpoint: "/e", tally, now: () => Date.now(), log, giveUp });
  return { crew, workers, bound, lines, taken, given, tally, breakNew: (state: boolean) => (broken = state) };
}

beforeEach(() => void vi.useFakeTimers({ now: T0 }));
afterEach(() => void vi.useRealTimers());

const pids = (crew: Crew) => crew.members.map(({ pid }) => pid);
const versions = (worker: TestWorker) =>
  worker.orders.map((order) => (order.say === "route" ? order.plan.version : order.say));

test("every worker gets the one socket several times, to accept more than one connection a turn", async () => {
  const { crew, workers, bound } = stage();
  await crew.open(optionsOf({ workers: 2 }));
  expect(bound).toEqual(["+127.0.0.1:8080"]);
  for (const { doors } of workers) expect(doors.length).toBeGreaterThan(8);
  expect(new Set(workers.flatMap(({ doors }) => doors)).size).toBe(1);
});

test("a plan is live when the last worker has taken it; until then the one before is read", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf({ workers: 3 }));
  expect(crew.read()).toBeNull();
  await crew.apply(planOf(1));
  workers[1].slow = true;
  let live = false;
  const applying = crew.apply(planOf(2)).then(() => (live = true));
  await vi.advanceTimersByTimeAsync(1000);
  expect(live).toBe(false);
  expect(crew.read()).toEqual(planOf(1));
  workers[1].catchUp();
  await applying;
  expect(crew.read()).toEqual(planOf(2));
});

test("a worker that dies with a plan untaken holds up nobody; the one in its place begins with that plan", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf({ workers: 2 }));
  await crew.apply(planOf(1));
  workers[0].slow = true;
  const applying = crew.apply(planOf(2));
  await vi.advanceTimersByTimeAsync(10);
  workers[0].die("SIGSEGV");
  await applying;
  await vi.advanceTimersByTimeAsync(0);
  expect(workers).toHaveLength(3);
  expect(workers[2].orders[0]).toMatchObject({ say: "start", plan: { version: 2 } });
  expect(crew.read()).toEqual(planOf(2));
});

test("a worker that does not take a plan is named after a while", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf({ workers: 2 }));
  workers[1].slow = true;
  const applying = crew.apply(planOf(1));
  const refused = expect(applying).rejects.toMatchObject({
    code: "GATEWAY_UNREACHABLE",
    message: `worker ${workers[1].pid} has not taken plan 1 yet`,
  });
  await vi.advanceTimersByTimeAsync(5000);
  await refused;
  workers[1].catchUp();
  await crew.apply(planOf(1));
});

test("older plans and other plans of the same version are refused before any worker is told", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf());
  await crew.apply(planOf(5));
  await expect(crew.apply(planOf(4))).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(crew.apply(planOf(5, { canaryWeight: 77 }))).rejects.toMatchObject({ code: "CONFLICT" });
  await crew.apply(planOf(5));
  expect(versions(workers[0])).toEqual(["start", 5]);
});

test("a worker that ends is replaced at once, and after ever longer pauses while it goes on ending young", async () => {
  const { crew, workers, lines } = stage();
  await crew.open(optionsOf());
  const pauses: number[] = [];
  for (let round = 0; round < 9; round++) {
    workers.at(-1)?.die("SIGSEGV");
    const [began, count] = [Date.now(), workers.length];
    while (workers.length === count) await vi.advanceTimersByTimeAsync(100);
    pauses.push(Date.now() - began - 100);
  }
  expect(pauses).toEqual([0, 0, 100, 300, 700, 1500, 3100, 6300, 9900].map((ms) => expect.closeTo(ms, -2.1)));
  expect(lines[0]).toMatch(/^worker \d+ ended \(SIGSEGV\); another one is started$/);
  expect(lines[3]).toMatch(/started in 400 ms$/);
  await vi.advanceTimersByTimeAsync(60_000);
  const count = workers.length;
  workers.at(-1)?.die("SIGSEGV");
  await vi.advanceTimersByTimeAsync(0);
  expect(workers.length).toBe(count + 1);
});

test("when one of the first workers cannot listen, none is left and the socket is closed", async () => {
  const { crew, workers, bound, breakNew } = stage();
  breakNew(true);
  await expect(crew.open(optionsOf({ workers: 2 }))).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(workers).toHaveLength(2);
  expect(bound).toEqual(["+127.0.0.1:8080", "-127.0.0.1:8080"]);
});

test("workers that say nothing for long are ended and replaced, those that speak are not", async () => {
  const { crew, workers, tally } = stage();
  await crew.open(optionsOf({ workers: 2 }));
  const speak = (worker: TestWorker) =>
    worker.say({ say: "tick", report: { tick: tickOf(Date.now()), cells: [], lost: 0, inFlight: 0 }, connections: 1 });
  for (let second = 0; second < 12; second++) {
    await vi.advanceTimersByTimeAsync(1000);
    speak(workers[0]);
    tally.tick(Date.now());
    crew.endSilent();
  }
  await vi.advanceTimersByTimeAsync(0);
  expect(workers).toHaveLength(3);
  expect(pids(crew)).toEqual([workers[0].pid, workers[2].pid]);
});

test("a worker whose clock is ahead makes room for another one", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf());
  await crew.apply(planOf(1));
  workers[0].say({ say: "ahead", ms: 3_600_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(versions(workers[0])).toEqual(["start", 1, "drain"]);
  expect(workers[1].orders[0]).toMatchObject({ say: "start", plan: { version: 1 } });
  expect(pids(crew)).toEqual([workers[1].pid]);
});

test("other options: new workers on the same socket, then the old ones end", async () => {
  const { crew, workers, bound } = stage();
  await crew.open(optionsOf());
  await crew.apply(planOf(1));
  await crew.configure(optionsOf({ workers: 2, timeouts: { connect: "1s" } }));
  expect(versions(workers[0])).toEqual(["start", 1, "drain"]);
  expect(pids(crew)).toEqual([workers[1].pid, workers[2].pid]);
  expect(workers[1].orders[0]).toMatchObject({ options: { timeouts: { connect: 1000 } }, plan: { version: 1 } });
  expect(bound).toEqual(["+127.0.0.1:8080"]);
});

test("a plan that comes while workers are being replaced reaches the old and the new ones", async () => {
  const { crew, workers } = stage();
  await crew.open(optionsOf());
  const configuring = crew.configure(optionsOf({ timeouts: { connect: "1s" } }));
  const applying = crew.apply(planOf(1));
  await Promise.all([configuring, applying]);
  expect(versions(workers[0])).toContain(1);
  expect(crew.members.every(({ routed }) => routed === 1)).toBe(true);
});

test("another address: the new socket is had first, the old one goes last", async () => {
  const { crew, bound, taken } = stage();
  await crew.open(optionsOf());
  await crew.configure(optionsOf({ listen: "127.0.0.1:9090" }));
  expect(bound).toEqual(["+127.0.0.1:8080", "+127.0.0.1:9090", "-127.0.0.1:8080"]);
  taken.add("127.0.0.1:7070");
  await expect(crew.configure(optionsOf({ listen: "127.0.0.1:7070" }))).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
  });
  expect(crew.port).toBe(9090);
  expect(crew.members).toHaveLength(1);
});

test("the same port of another address: the old one is let go of first, and taken back when that was in vain", async () => {
  const { crew, bound, taken, given } = stage();
  await crew.open(optionsOf());
  await crew.configure(optionsOf({ listen: ":8080" }));
  expect(bound).toEqual(["+127.0.0.1:8080", "-127.0.0.1:8080", "+:8080"]);
  taken.add("10.0.0.1:8080");
  const moving = () => crew.configure(optionsOf({ listen: "10.0.0.1:8080" }));
  await expect(moving()).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  expect(crew.options.listen).toEqual({ host: "", port: 8080 });
  expect(given).toEqual([]);
  taken.add(":8080");
  await expect(moving()).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  expect(given).toEqual(["something listens on :8080"]);
});

test("closing ends everyone in order and then lets go of the port", async () => {
  const { crew, workers, bound } = stage();
  await crew.open(optionsOf({ workers: 2 }));
  await crew.close();
  expect(workers.map((worker) => versions(worker).at(-1))).toEqual(["drain", "drain"]);
  expect(bound.at(-1)).toBe("-127.0.0.1:8080");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(workers).toHaveLength(2);
  expect(() => crew.port).toThrow(/starting or stopping/);
});
