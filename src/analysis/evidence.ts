/** Contract for the evidence fold; implementation follows. */
import type { Gate } from "./metric.ts";
import type { Measurement } from "./measurement.ts";
import type { Verdict } from "./verdict.ts";
export type Evidence = { readonly kind: Gate["kind"] } & Record<string, unknown>;
export type { Measurement, Verdict };
