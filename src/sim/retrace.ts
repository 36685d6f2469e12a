/**
 * A release walked through again, commit by commit, for whoever wants to see how it came to where it is: what was measured,
 * what followed, how each gate stood. What `replay` proves to agree is here simply shown.
 */
import type { Measurement } from "../analysis/measurement.ts";
import { observedOf, type Inputs } from "../engine/inputs.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { decide } from "../rollout/decide.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { recordOf, specsInForce, type Parse, type Past } from "./replay.ts";

/** One commit: what was in force, what was measured, and how it stood afterwards. */
export interface Pace {
  readonly version: number;
  readonly inputs: Inputs;
  readonly spec: Spec;
  readonly measurements: Readonly<Record<string, Measurement>>;
  readonly events: readonly RolloutEvent[];
  readonly status: Status;
}

/** Where a walk goes on: the version that it reached, and the status there. */
export interface Footing {
  readonly version: number;
  readonly status: Status;
}

/** Where the walk through a release begins; null when its record is not kept. */
export const footing = (past: Past, name: string, release: number): Promise<Footing | null> =>
  past.beginning(name, release);

/** Walks on from where somebody stood, to the end of what is recorded. */
export async function* retrace(
  past: Past,
  name: string,
  release: number,
  from: Footing,
  parse: Parse,
): AsyncGenerator<Pace> {
  const specAt = specsInForce(name, await past.documents(name), parse);
  let { status } = from;
  for await (const { version, inputs, measurements, events } of recordOf(past, name, release, from.version)) {
    const spec = specAt(version - 1);
    status = decide(spec, status, observedOf(inputs, status, measurements)).status;
    yield { version, inputs, spec, measurements, events, status };
  }
}
