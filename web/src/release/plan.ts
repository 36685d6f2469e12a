/** The ramp as it was and as it is meant to go on: pure, from the release's events and its remaining steps. */
import type { EventView, RolloutView, StepView } from "../../../src/http/wire.ts";

/** A share for a time. `to` null: until a person says so. */
export interface Leg {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly kind: "past" | "coming";
  readonly label: string;
}

/** How far an open end is drawn, as a part of everything before it. */
const OPEN = 0.12;

export function past(events: readonly EventView[], until: number): Leg[] {
  const shifts = events.flatMap(({ at, event }) => {
    if (event.type === "stepEntered" && event.shifts) return [{ at, weight: event.weight, label: event.name }];
    return event.type === "promoted" ? [{ at, weight: 10_000, label: "promoted" }] : [];
  });
  const ends = events.find(({ type }) => type === "rolledBack" || type === "aborted" || type === "ended");
  const all = ends === undefined ? shifts : [...shifts, { at: ends.at, weight: 0, label: ends.type }];
  return all.map(({ at, weight, label }, i) => ({
    from: at,
    to: all[i + 1]?.at ?? until,
    weight,
    kind: "past",
    label,
  }));
}

/** From now on, every stage taking as long as it may at most. */
export function coming(rollout: RolloutView, now: number): Leg[] {
  const { phase, stepList, step, enteredAt, weight, startedAt } = rollout;
  if (phase !== "progressing" && phase !== "paused") return [];
  const open = Math.max(60_000, (now - (startedAt ?? now)) * OPEN);
  let from = now;
  let share = weight;
  const legs: Leg[] = [];
  for (const [i, one] of stepList.slice(step).entries()) {
    const began = i === 0 ? enteredAt : from;
    share = shareOf(one) ?? share;
    const to = Math.max(from, began + lasts(one, open));
    if (to > from) legs.push({ from, to, weight: share, kind: "coming", label: one.label });
    from = to;
  }
  return [...legs, { from, to: from + open / 2, weight: 10_000, kind: "coming", label: "promoted" }];
}

const shareOf = ({ kind, options }: StepView): number | null =>
  kind === "setWeight" && typeof options["weight"] === "number" ? options["weight"] : null;

/** At most; waiting for a person takes as long as it takes. */
function lasts({ kind, options }: StepView, open: number): number {
  if (typeof options["forMs"] === "number") return options["forMs"];
  // rounds of checks: as long as they take if each passes
  const { everyMs, times } = options;
  if (typeof everyMs === "number" && typeof times === "number") return everyMs * times;
  return kind === "approve" || kind === "pause" ? open : 0;
}

/** Marks on the line: what is told of, not the progress that the line itself shows. */
const silent: readonly EventView["type"][] = ["planLive", "stepEntered", "started"];

export interface Pin {
  readonly x: number;
  readonly events: readonly EventView[];
}

/** Events that would lie on each other are one pin. */
export function pins(events: readonly EventView[], place: (at: number) => number, apart: number): Pin[] {
  const found: { x: number; events: EventView[] }[] = [];
  for (const event of events.filter(({ type }) => !silent.includes(type))) {
    const x = place(event.at);
    const last = found.at(-1);
    if (last !== undefined && x - last.x < apart) last.events.push(event);
    else found.push({ x, events: [event] });
  }
  return found;
}

const loud: readonly EventView["severity"][] = ["info", "attention", "good", "bad"];

/** The one that counts most of those that lie on each other; of equals the last. */
export const loudest = (events: readonly EventView[]): EventView =>
  events.reduce((a, b) => (loud.indexOf(b.severity) >= loud.indexOf(a.severity) ? b : a));
