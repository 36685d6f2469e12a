/** Sources that are asked about whole intervals, a while after their end: everything is noticed that much later. */
import type { Gate } from "../../analysis/metric.ts";
import { paceOf } from "../../rollout/gates.ts";
import type { Asked, GateLook, Times } from "./look.ts";

const comparing: readonly Gate["kind"][] = ["failures", "latency", "mean"];

/** How long after something happened its source tells of it on average; 0 of the gateway, and of gates that have a clock of their own. */
function lagOf(gate: Gate): number {
  const pace = comparing.includes(gate.kind) ? paceOf(gate) : null;
  return pace === null ? 0 : pace.delayMs + pace.intervalMs / 2;
}

/** A look through the gate's source: less of the stage can be judged, and all that is noticed is noticed later. */
export function throughSource(gate: Gate, asked: Asked, look: (asked: Asked) => GateLook): GateLook {
  const lag = lagOf(gate);
  if (lag === 0) return look(asked);
  const { stage, split } = asked;
  const found = look({ ...asked, stage: { ...stage, ms: Math.max(0, stage.ms - lag) } });
  const later = (ms: number | null) => (ms === null ? null : ms + lag);
  const times = ({ meanMs, ms }: Times): Times => ({ meanMs: later(meanMs), ms: later(ms) });
  // who meets the canary meanwhile meets the same harm
  const met = (lag / 1000) * split.perSecond * split.share;
  const more = (some: number | null, units: number | null) =>
    some === null || units === null || units === 0 ? some : some * (1 + met / units);
  const [mean, most] = found.units;
  return {
    ...found,
    noticed: times(found.noticed),
    late: times(found.late),
    closed: times(found.closed),
    units: [mean === null ? null : mean + met, most === null ? null : most + met],
    extra: [more(found.extra[0], mean), more(found.extra[1], most)],
    safeMs: later(found.safeMs),
  };
}
