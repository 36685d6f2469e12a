/** The ledger of exposure as a table for other programs: a row for each arm of each release. Pure. */
import type { ExposureLedger, ReleaseExposure } from "../wire-exposure.ts";

type Cell = string | number | null;
interface Row {
  readonly release: ReleaseExposure;
  readonly arm: "stable" | "canary";
}

/** What a column is called, and what stands in it. */
const columns: readonly (readonly [head: string, cell: (row: Row) => Cell])[] = [
  ["release", ({ release }) => release.release],
  ["outcome", ({ release }) => release.outcome ?? "under way"],
  ["started", ({ release }) => iso(release.startedAt)],
  ["ended", ({ release }) => (release.endedAt === null ? null : iso(release.endedAt))],
  ["arm", ({ arm }) => arm],
  ["revision", ({ release, arm }) => release[arm].revision],
  ["people", ({ release, arm }) => release[arm].units],
  ["people that met a failure", ({ release, arm }) => release[arm].unitsFailed],
  ["sessions", ({ release, arm }) => release[arm].sessions],
  ["requests", ({ release, arm }) => release[arm].requests],
  ["requests that failed", ({ release, arm }) => release[arm].failures],
  ["people sent by a match", ({ release, arm }) => release[arm].forced],
  ["failures above expectation", (row) => extra(row, "best")],
  ["at least", (row) => extra(row, "low")],
  ["at most", (row) => extra(row, "high")],
  ["failures are", ({ release, arm }) => (arm === "canary" ? (release.extra?.about ?? null) : null)],
  ["people are exact", ({ release }) => (release.exact ? "yes" : "no, estimated")],
  ["counted from", ({ release }) => iso(release.countedFrom)],
  ["counted to", ({ release }) => iso(release.countedTo)],
];

/** RFC 4180, with the plain line ends that everything reads. */
export function exposureCsv({ releases }: ExposureLedger): string {
  const rows = releases.flatMap((release) => (["stable", "canary"] as const).map((arm) => ({ release, arm })));
  const lines = [columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  return lines.map((cells) => `${cells.map(written).join(",")}\n`).join("");
}

function extra({ release, arm }: Row, part: "best" | "low" | "high"): number | null {
  const found = arm === "canary" ? (release.extra?.[part] ?? null) : null;
  return found === null ? null : Math.round(found * 10) / 10;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** A text that a spreadsheet would take for a formula is marked as a text. */
function written(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
