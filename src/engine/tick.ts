/**
 * One tick of one rollout: look, decide, remember, act. What is decided is committed before anything follows from it,
 * and what follows is the whole desired state, so a tick that dies at any point is made good by the next one.
 */
import { asSerinError } from "../errors.ts";
import { decide, type Decided, type Observed } from "../rollout/decide.ts";
import { due } from "../rollout/due.ts";
import { inputsOf } from "./inputs.ts";
import type { Log } from "./log.ts";
import { observe, type Ports } from "./observe.ts";
import type { Clock, Loaded, Store } from "./ports.ts";
import type { Questions } from "./questions.ts";
import { sameJson } from "./same.ts";

export interface TickParts {
  readonly store: Store;
  readonly clock: Clock;
  /** The rollout's ends of the ports, as it is remembered at this moment. */
  readonly portsOf: (name: string, loaded: Loaded) => Ports;
  readonly log: Log;
}

/** When to look again, epoch milliseconds; null when the rollout is gone. */
export async function tick(
  name: string,
  parts: TickParts,
  stop: AbortSignal,
  questions: Questions,
): Promise<number | null> {
  const { store, clock, portsOf, log } = parts;
  const loaded = await store.load(name);
  if (loaded === null) return null;
  const { spec, status, signals } = loaded;
  const ports = portsOf(name, loaded);
  const missed = (what: string, why: string) => log("warn", `${what} could not be asked: ${why}`, { rollout: name });
  const seen = await observe(ports, due(spec, status, clock.now()), status, { clock, stop, missed, questions });
  const observed: Observed = { ...seen, now: clock.now(), signals };
  const decided = decide(spec, status, observed);
  if (isNews(loaded, observed, decided) && !(await remember(name, loaded, observed, decided, store)))
    return clock.now();
  const { plan, liveAt, wakeAt } = decided.status;
  if (liveAt !== null) return wakeAt;
  return (await applied(ports, plan, name, log)) ? clock.now() : wakeAt;
}

/** Only what changed is committed; when to wake up is no change. */
function isNews({ status }: Loaded, { measurements, signals }: Observed, decided: Decided): boolean {
  if (decided.events.length > 0 || signals.length > 0 || Object.keys(measurements).length > 0) return true;
  return !sameJson({ ...decided.status, wakeAt: 0 }, { ...status, wakeAt: 0 });
}

function remember(
  name: string,
  { version, status: before }: Loaded,
  observed: Observed,
  decided: Decided,
  store: Store,
): Promise<boolean> {
  const { status, events } = decided;
  const { measurements, signals } = observed;
  const inputs = inputsOf(before, observed, decided);
  const signalsTaken = signals.at(-1)?.id ?? 0;
  return store.commit({ name, from: version, status, events, measurements, inputs, signalsTaken });
}

async function applied({ router }: Ports, plan: Decided["status"]["plan"], name: string, log: Log): Promise<boolean> {
  try {
    await router.apply(plan);
    return true;
  } catch (thrown) {
    log("warn", `plan ${plan.version} could not be applied: ${asSerinError(thrown).message}`, { rollout: name });
    return false;
  }
}
