/** Looking at the world: everything that is due is asked at once, and what cannot be asked is not known. */
import type { Measurement } from "../analysis/measurement.ts";
import type { Gate } from "../analysis/metric.ts";
import { asSerinError, SerinError } from "../errors.ts";
import { formatDuration } from "../rollout/amounts.ts";
import type { Observed } from "../rollout/decide.ts";
import type { Due } from "../rollout/due.ts";
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import { patienceOf } from "./ask-hook.ts";
import type { Clock, MetricSource, Router, Workload } from "./ports.ts";

/** One rollout's ends of the ports. */
export interface Ports {
  readonly router: Router;
  readonly workload: Workload;
  source(gate: Gate): MetricSource;
  /** Rejects when the hook could not be asked. */
  ask(hook: Hook, signal: AbortSignal): Promise<HookAnswer>;
}

/** Told of what could not be asked, each time. */
export type Missed = (what: string, why: string) => void;

/** An answer that takes longer is none; the next look asks again. */
export const PATIENCE_MS = 10_000;

/** How questions end that nobody answers. */
interface Asking {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly missed: Missed;
}

type Seen = Pick<Observed, "plan" | "canary" | "measurements" | "hooks">;

export async function observe(ports: Ports, dues: readonly Due[], asking: Asking): Promise<Seen> {
  const { missed } = asking;
  const of = <K extends Due["look"]>(look: K) =>
    dues.filter((due): due is Due & { readonly look: K } => due.look === look);
  const [plan, canary, measurements, hooks] = await Promise.all([
    of("plan").length > 0 ? readPlan(ports, missed) : undefined,
    of("ready").length > 0 ? readiness(ports, missed) : null,
    Promise.all(of("gate").map(async (due) => [due.gate.name, await measure(ports, due, asking)] as const)),
    Promise.all(of("hook").map(async ({ hook }) => [hook.name, await hear(ports, hook, asking)] as const)),
  ]);
  const looks = measurements.filter(([, measurement]) => covers(measurement));
  return { plan, canary, measurements: Object.fromEntries(looks), hooks: Object.fromEntries(hooks) };
}

/** A source may have nothing to say yet of a window that has just begun: that is no look. */
const covers = ({ kind, window }: Measurement): boolean => kind === "error" || window.to > window.from;

async function readPlan({ router }: Ports, missed: Missed): Promise<Observed["plan"]> {
  try {
    return await router.read();
  } catch (thrown) {
    missed("the live plan", asSerinError(thrown).message);
    return undefined;
  }
}

async function readiness({ workload }: Ports, missed: Missed): Promise<Observed["canary"]> {
  try {
    return await workload.ready("canary");
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    missed("the canary's readiness", message);
    return { ready: false, reason: `nobody could say whether the canary is ready: ${message}` };
  }
}

async function measure(
  ports: Ports,
  { gate, query, window }: Due & { readonly look: "gate" },
  asking: Asking,
): Promise<Measurement> {
  try {
    return await inTime(asking, PATIENCE_MS, (signal) => ports.source(gate).measure(query, window, signal));
  } catch (thrown) {
    const { message } = asSerinError(thrown, "SOURCE_FAILED");
    asking.missed(`gate ${gate.name}`, message);
    return { kind: "error", window, reason: message };
  }
}

async function hear(ports: Ports, hook: Hook, asking: Asking): Promise<HookAnswer> {
  try {
    return await inTime(asking, patienceOf(hook), (signal) => ports.ask(hook, signal));
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    asking.missed(`hook ${hook.name}`, message);
    return { said: "error", reason: message };
  }
}

/** Asks, and stops waiting after so many milliseconds of the clock, or when the engine stops. */
async function inTime<T>({ clock, stop }: Asking, ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const signal = AbortSignal.any([stop, late.signal]);
  const over = () => late.abort(new SerinError("SOURCE_FAILED", `there was no answer within ${formatDuration(ms)}`));
  const cancel = clock.wakeAt(clock.now() + ms, over);
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([ask(signal), ended]);
  } finally {
    cancel();
  }
}
