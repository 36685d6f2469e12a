/** How exposure grew, in as few points as a chart has room for, however long a release lasts. Pure. */
import { z } from "zod";
import type { Exposure, Met } from "../../rollout/exposure.ts";

const column = z.array(z.number().nullable());
const armColumns = z.strictObject({ units: column, sessions: column, requests: column });

/** Columns, one entry a moment, oldest first: what had been counted by then. */
export const pointsSchema = z.strictObject({
  /** How far apart points are at least; doubles when there are too many. */
  stepMs: z.number(),
  at: z.array(z.number()).describe("epoch milliseconds"),
  stable: armColumns,
  canary: armColumns,
});
export type Points = z.infer<typeof pointsSchema>;
type ArmColumns = Points["stable"];

const MOST = 240;
const FIRST_STEP_MS = 5000;

const none: ArmColumns = { units: [], sessions: [], requests: [] };
export const noPoints: Points = { stepMs: FIRST_STEP_MS, at: [], stable: none, canary: none };

/** The last point is always the newest: it is replaced until it is far enough from the one before. */
export function withPoint(before: Points, at: number, { stable, canary }: Pick<Exposure, "stable" | "canary">): Points {
  const [last = -Infinity, second = -Infinity] = before.at.toReversed();
  const kept = at <= last || at - second < before.stepMs ? -1 : before.at.length;
  const arm = (columns: ArmColumns, met: Met): ArmColumns => ({
    units: [...columns.units.slice(0, kept), met.units],
    sessions: [...columns.sessions.slice(0, kept), met.sessions],
    requests: [...columns.requests.slice(0, kept), met.requests],
  });
  const points = {
    stepMs: before.stepMs,
    at: [...before.at.slice(0, kept), at],
    stable: arm(before.stable, stable),
    canary: arm(before.canary, canary),
  };
  return points.at.length > MOST ? thinned(points) : points;
}

/** Every second one, and the last. */
function thinned({ stepMs, at, stable, canary }: Points): Points {
  const half = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % 2 === 0 || i === all.length - 1);
  const arm = ({ units, sessions, requests }: ArmColumns): ArmColumns => ({
    units: half(units),
    sessions: half(sessions),
    requests: half(requests),
  });
  return { stepMs: stepMs * 2, at: half(at), stable: arm(stable), canary: arm(canary) };
}
