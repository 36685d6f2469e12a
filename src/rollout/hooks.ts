/** When a hook is asked, and what follows from its answer. What hooks are: `hook.ts`. */
import type { Hook, HookAnswer, HookMemory, HookMoment } from "./hook.ts";
import { countsRounds, presentCheck, roundDue, overdrawn } from "./rounds.ts";
import { splitOf } from "./steps/index.ts";
import type { Status } from "./status.ts";

/** The occasion a hook is asked for now, or null when this is not its moment. */
export function occasionOf(hook: Hook, status: Status): string | null {
  const { phase, release, begun, step, steps } = status;
  const underway = phase === "progressing" || phase === "paused";
  const at = (now: boolean, part = "") => (now ? `${release}${part}` : null);
  switch (hook.on) {
    case "confirmRollout":
    case "preRollout":
      return at(underway && step === 0 && !begun);
    case "confirmTrafficIncrease":
      return at(underway && !begun && step < steps.length && growing(status), `.${step}`);
    case "confirmPromotion":
      return at(underway && step >= steps.length);
    case "rollout":
      return at(
        presentCheck(status) !== null || (underway && begun && step < steps.length && "analyze" in steps[step]),
      );
    case "rollback":
      return at(underway);
    case "postRollout":
      // what was promoted is done with when nobody watches it any more: the revision before is needed until then
      return at(!underway && release > 0 && status.outcome !== null && status.watch === undefined);
    case "event":
      return null;
  }
}

function growing({ steps, step, plan }: Status): boolean {
  return (splitOf(steps[step])?.canaryWeight ?? 0) > plan.canaryWeight;
}

/** Moments whose yes is wanted once; the others are asked again and again. */
const once = new Set<HookMoment>([
  "confirmRollout",
  "preRollout",
  "confirmTrafficIncrease",
  "confirmPromotion",
  "postRollout",
]);

/** Whether a yes is still missing, or it is time to ask again. */
export function isDue(hook: Hook, status: Status, now: number): boolean {
  const occasion = occasionOf(hook, status);
  if (occasion === null) return false;
  if (hook.on === "rollout" && presentCheck(status) !== null) return roundDue(status, now) !== null;
  if (hook.on === "preRollout" && overdrawn(status, now) !== null) return false;
  const known = status.hooks[hook.name];
  if (known === undefined || known.occasion !== occasion) return true;
  if (once.has(hook.on) && known.said === "yes") return false;
  if (hook.on === "postRollout" && known.no >= hook.failures) return false;
  return now >= known.askedAt + hook.everyMs;
}

/** What is remembered after an answer. */
export function remember(hook: Hook, status: Status, answer: HookAnswer, now: number): HookMemory | null {
  const occasion = occasionOf(hook, status);
  if (occasion === null) return null;
  const known = status.hooks[hook.name];
  const before = known?.occasion === occasion ? known.no : 0;
  const counts = answer.said === "no" || (answer.said === "error" && hook.on === "postRollout");
  return { occasion, askedAt: now, ...answer, no: before + (counts ? 1 : 0) };
}

/** Moments that wait for a yes: whoever says no there is told of as waiting. */
const awaited = new Set<HookMoment>(["confirmRollout", "preRollout", "confirmTrafficIncrease", "confirmPromotion"]);

/** Whether an answer is worth telling: it differs from the last one on its occasion, and nothing else tells of it. */
export function isNews({ name, on }: Pick<Hook, "name" | "on">, status: Status, now: HookMemory): boolean {
  const before = status.hooks[name];
  if (on === "rollback" || (before?.occasion === now.occasion && before.said === now.said)) return false;
  return now.said === "yes" || now.output !== undefined || !awaited.has(on);
}

/** What stands between a release and its next move: how many hooks have not answered yet, and what others object. */
export interface Objections {
  readonly unanswered: number;
  readonly said: readonly string[];
}

export function objections(hooks: readonly Hook[], status: Status, moments: readonly HookMoment[]): Objections {
  const asked = hooks.filter((hook) => moments.includes(hook.on) && occasionOf(hook, status) !== null);
  const answer = (hook: Hook) => {
    const known = status.hooks[hook.name];
    return known?.occasion === occasionOf(hook, status) ? known : undefined;
  };
  const said = asked.flatMap((hook) => {
    const known = answer(hook);
    return known === undefined || known.said === "yes" ? [] : [`${hook.name} said ${known.said}: ${known.reason}`];
  });
  return { unanswered: asked.filter((hook) => answer(hook) === undefined).length, said };
}

/** The hook that takes the release back now, with its sentence; null when none does. */
export function refusal(hooks: readonly Hook[], status: Status): { hook: Hook; reason: string } | null {
  for (const hook of hooks) {
    const known = status.hooks[hook.name];
    if (known === undefined || known.occasion !== occasionOf(hook, status)) continue;
    if (hook.on === "rollback" && known.said === "yes")
      return { hook, reason: `hook ${hook.name} asked for it${known.reason === "" ? "" : `: ${known.reason}`}` };
    const judges = (hook.on === "preRollout" || hook.on === "rollout") && !countsRounds(status);
    if (judges && known.no >= hook.failures)
      return { hook, reason: `hook ${hook.name} said no ${known.no} times: ${known.reason}` };
  }
  return null;
}
