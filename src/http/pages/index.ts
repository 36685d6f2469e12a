/** The pages' contents from what is loaded: a row of the fleet, a release at one look. Pure. */
import type { Loaded } from "../../engine/ports.ts";
import { promise } from "../explain.ts";
import { extrasOf } from "../ledger.ts";
import { rolloutView, stepLabel, summary } from "../views.ts";
import type { Live } from "../wire.ts";
import type { FleetRow, Overview, Traffic } from "../wire-pages.ts";
import { acts, type Moment } from "./acts.ts";
import { headline, next } from "./headline.ts";
import { light } from "./light.ts";
import { outlooks } from "./outlook.ts";
import { met } from "./people.ts";

/** A rollout as a page is told of it. */
export interface Seen {
  readonly name: string;
  readonly loaded: Loaded;
  readonly live: Live | null;
  readonly now: number;
}

const momentOf = ({ loaded: { spec, status }, live, now }: Seen): Moment => ({ spec, status, live, now });

export function fleetRow(seen: Seen, traffic: Traffic | null): FleetRow {
  const { name, loaded, live, now } = seen;
  const { spec, status } = loaded;
  const step = status.steps[status.step];
  const [kind, options] = step === undefined ? ["", {}] : Object.entries(step)[0];
  return {
    ...summary(name, loaded, live),
    light: light(spec, status),
    stepLabel: step === undefined ? null : stepLabel(kind, options as Record<string, unknown>),
    enteredAt: status.endedAt ?? status.enteredAt,
    mirror: status.plan.mirrorWeight,
    people: status.release === 0 ? null : met(spec.assignment, live, "canary"),
    next: next(momentOf(seen), outlooks(spec, status, now)),
    traffic,
  };
}

export function overview(seen: Seen, document: unknown): Overview {
  const { name, loaded, live, now } = seen;
  const { spec, status } = loaded;
  const moment = momentOf(seen);
  const gates = outlooks(spec, status, now);
  const coming = next(moment, gates);
  return {
    now,
    rollout: rolloutView(name, loaded, document, live),
    light: light(spec, status),
    headline: headline(moment, gates, coming),
    promise: promise(spec, status),
    next: coming,
    acts: acts(moment),
    outlooks: gates,
    extra: extrasOf({ spec, status }),
  };
}
