/** Which rows are shown and in which order: pure, from what stands in the address. */
import type { FleetRow, Light } from "../../../src/http/wire-pages.ts";

/** Groups of lights that people look for. */
export const groups = {
  all: { label: "All", lights: null },
  needs: { label: "Needs you", lights: ["waiting", "blind"] },
  harming: { label: "Harming", lights: ["harming"] },
  underway: { label: "Under way", lights: ["watching", "safe", "harming", "waiting", "blind"] },
  ended: { label: "Ended", lights: ["promoted", "takenBack"] },
  quiet: { label: "Only serving", lights: ["serving"] },
} as const satisfies Record<string, { readonly label: string; readonly lights: readonly Light[] | null }>;

export type Group = keyof typeof groups;
export const groupNames = Object.keys(groups) as readonly Group[];

export interface FleetSearch {
  readonly q?: string | undefined;
  readonly show?: Group | undefined;
}

export function parseFleetSearch(raw: Record<string, unknown>): FleetSearch {
  const { q, show } = raw;
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(groupNames.some((name) => name === show && name !== "all") ? { show: show as Group } : {}),
  };
}

const within = (row: FleetRow, group: Group): boolean => {
  const lights: readonly Light[] | null = groups[group].lights;
  return lights === null || lights.includes(row.light);
};

/** Every word must be found in the name, a revision or the step. */
function matches({ name, stable, canary, stepLabel }: FleetRow, q: string): boolean {
  const text = `${name} ${stable} ${canary ?? ""} ${stepLabel ?? ""}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const order: readonly Light[] = ["harming", "blind", "waiting", "watching", "safe", "takenBack", "promoted", "serving"];

/** Those that want somebody first; then by name. */
export function shown(rows: readonly FleetRow[], { q = "", show = "all" }: FleetSearch): readonly FleetRow[] {
  return rows
    .filter((row) => within(row, show) && matches(row, q))
    .toSorted((a, b) => order.indexOf(a.light) - order.indexOf(b.light) || (a.name < b.name ? -1 : 1));
}

export const counted = (rows: readonly FleetRow[]): Readonly<Record<Group, number>> =>
  Object.fromEntries(groupNames.map((group) => [group, rows.filter((row) => within(row, group)).length])) as Record<
    Group,
    number
  >;
