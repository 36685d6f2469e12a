/** Looking at the world: everything that is due is asked at once, and what cannot be asked is not known. */
import type { Measurement } from "../analysis/measurement.ts";
import type { Gate } from "../analysis/metric.ts";
import { asSerinError } from "../errors.ts";
import type { Observed } from "../rollout/decide.ts";
import type { Due } from "../rollout/due.ts";
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import type { MetricSource, Router, Workload } from "./ports.ts";

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

type Seen = Pick<Observed, "plan" | "canary" | "measurements" | "hooks">;

export async function observe(ports: Ports, dues: readonly Due[], stop: AbortSignal, missed: Missed): Promise<Seen> {
  const of = <K extends Due["look"]>(look: K) =>
    dues.filter((due): due is Due & { readonly look: K } => due.look === look);
  const [plan, canary, measurements, hooks] = await Promise.all([
    of("plan").length > 0 ? readPlan(ports, missed) : undefined,
    of("ready").length > 0 ? readiness(ports, missed) : null,
    Promise.all(of("gate").map(async (due) => [due.gate.name, await measure(ports, due, stop, missed)] as const)),
    Promise.all(of("hook").map(async ({ hook }) => [hook.name, await hear(ports, hook, stop, missed)] as const)),
  ]);
  return { plan, canary, measurements: Object.fromEntries(measurements), hooks: Object.fromEntries(hooks) };
}

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
  stop: AbortSignal,
  missed: Missed,
): Promise<Measurement> {
  try {
    return await ports.source(gate).measure(query, window, AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]));
  } catch (thrown) {
    const { message } = asSerinError(thrown, "SOURCE_FAILED");
    missed(`gate ${gate.name}`, message);
    return { kind: "error", window, reason: message };
  }
}

async function hear(ports: Ports, hook: Hook, stop: AbortSignal, missed: Missed): Promise<HookAnswer> {
  try {
    return await ports.ask(hook, AbortSignal.any([stop, AbortSignal.timeout(hook.timeoutMs)]));
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    missed(`hook ${hook.name}`, message);
    return { said: "error", reason: message };
  }
}
