/** People, as pages speak of them: whoever is assigned is a person, unless every request is assigned alone. */
import { whole } from "../../analysis/words.ts";
import type { Unit } from "../../rollout/traffic.ts";
import type { Live } from "../wire.ts";

const word = (unit: Unit, n: number): string => {
  if ("request" in unit) return n === 1 ? "request" : "requests";
  return n === 1 ? "person" : "people";
};

/** "14,210 people" */
export const people = (unit: Unit, n: number): string => `${whole(n)} ${word(unit, n)}`;

/** Units of an arm in this release; requests where those are the units. Null when nobody counted. */
export function met(unit: Unit, live: Live | null, arm: "stable" | "canary"): number | null {
  if (live === null) return null;
  return "request" in unit ? live[arm].requests : live[arm].units;
}

/** Everybody that came since the release began, on either arm. */
export function everybody(unit: Unit, live: Live | null): number | null {
  const [stable, canary] = [met(unit, live, "stable"), met(unit, live, "canary")];
  return stable === null || canary === null ? null : stable + canary;
}
