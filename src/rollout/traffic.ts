/**
 * A TrafficPlan is the whole desired split of one rollout: who gets what, with which salt, to which backends.
 * It is a level, never a delta: applying the same plan twice changes nothing.
 */
import { z } from "zod";
import { FULL_WEIGHT } from "./weight.ts";

export { FULL_WEIGHT };

export const healthSchema = z.strictObject({
  path: z.string().startsWith("/").default("/"),
  intervalMs: z.int().min(100),
  timeoutMs: z.int().min(10),
  unhealthyAfter: z.int().min(1),
  healthyAfter: z.int().min(1),
});
export type HealthCheck = z.infer<typeof healthSchema>;

export const armPlanSchema = z.strictObject({
  revision: z.string(),
  backends: z.array(z.string()),
  health: healthSchema.optional(),
});
export type ArmPlan = z.infer<typeof armPlanSchema>;

/** How a value is compared. Exactly one of the three. `regex` must match somewhere (RE2-safe subset is not assumed: bounded input). */
export const valueMatchSchema = z.union([
  z.strictObject({ exact: z.string() }),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ regex: z.string() }),
]);
export type ValueMatch = z.infer<typeof valueMatchSchema>;

/** One forced match: all stated conditions must hold; the first match in the list wins. */
export const matchSchema = z.strictObject({
  name: z.string(),
  arm: z.enum(["stable", "canary"]),
  header: z.strictObject({ name: z.string(), value: valueMatchSchema }).optional(),
  cookie: z.strictObject({ name: z.string(), value: valueMatchSchema }).optional(),
  query: z.strictObject({ name: z.string(), value: valueMatchSchema }).optional(),
  path: valueMatchSchema.optional(),
});
export type Match = z.infer<typeof matchSchema>;

/** What a unit is. `visitor` = Serin's own cookie; the others read the request; `request` assigns each one alone. */
export const unitSchema = z.union([
  z.strictObject({ visitor: z.strictObject({ cookie: z.string(), maxAgeSeconds: z.int(), secure: z.boolean() }) }),
  z.strictObject({ cookie: z.strictObject({ name: z.string() }) }),
  z.strictObject({ header: z.strictObject({ name: z.string() }) }),
  z.strictObject({
    jwt: z.strictObject({
      claim: z.string(),
      header: z.string().optional(),
      cookie: z.string().optional(),
    }),
  }),
  z.strictObject({ address: z.strictObject({}) }),
  z.strictObject({ request: z.strictObject({}) }),
]);
export type Unit = z.infer<typeof unitSchema>;

export const trafficPlanSchema = z.strictObject({
  /** Grows by one with every change; measurements are tagged with it. */
  version: z.int().min(0),
  rollout: z.string(),
  /** Per-release salt: the same people are not first in every release. */
  salt: z.string(),
  /** Share of assigned units that meet the canary, basis points 0..10000. */
  canaryWeight: z.int().min(0).max(FULL_WEIGHT),
  /** Share of stable requests copied to the canary, basis points; the copy's answer is dropped. */
  mirrorWeight: z.int().min(0).max(FULL_WEIGHT),
  unit: unitSchema,
  matches: z.array(matchSchema),
  stable: armPlanSchema,
  /** null when nothing is being released. */
  canary: armPlanSchema.nullable(),
});
export type TrafficPlan = z.infer<typeof trafficPlanSchema>;

/** Whether two plans say the same; key order does not matter. */
export const samePlan = (a: TrafficPlan | null, b: TrafficPlan | null): boolean => same(a, b);

/** Whether two arms are the same: revision, backends in their order, health check. */
export const sameArm = (a: ArmPlan | null, b: ArmPlan | null): boolean => same(a, b);

/** Deep equality of plain JSON values: what is undefined is not there. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  return sameObject(a as Json, b as Json);
}

type Json = Readonly<Record<string, unknown>>;

function sameObject(a: Json, b: Json): boolean {
  for (const key in a) if (a[key] !== undefined && !same(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}
