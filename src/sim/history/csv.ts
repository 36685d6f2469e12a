/** Counts as CSV: a heading, then a row a tick. Numbers and times need no quotes, so none are read. */
import type { Counts, Tick } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { instantOf } from "./time.ts";

const needed = ["at", "stable_n", "stable_bad"] as const;
const known = [...needed, "canary_n", "canary_bad"] as const;
type Column = (typeof known)[number];

/** Throws DOCUMENT_UNREADABLE with the line. */
export function csvTicks(text: string, file: string): readonly Tick<Counts>[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }));
  const [head, ...rows] = lines.filter(({ line }) => line.trim() !== "" && !line.startsWith("#"));
  const wrong = (number: number, why: string) => new SerinError("DOCUMENT_UNREADABLE", `${file}:${number}: ${why}`);
  if (head === undefined) throw new SerinError("DOCUMENT_UNREADABLE", `${file} is empty`);
  const columns = cellsOf(head.line) as Column[];
  const stranger = columns.find((column) => !known.includes(column));
  if (stranger !== undefined)
    throw wrong(head.number, `there is no column "${stranger}"; there are ${known.join(", ")}`);
  const missing = needed.find((column) => !columns.includes(column));
  if (missing !== undefined) throw wrong(head.number, `the column ${missing} is missing`);
  if (columns.includes("canary_n") !== columns.includes("canary_bad"))
    throw wrong(head.number, "canary_n and canary_bad go together");
  return rows.map(({ line, number }) => {
    const tick = tickOf(columns, cellsOf(line));
    if (typeof tick === "string") throw wrong(number, tick);
    return tick;
  });
}

const cellsOf = (line: string) => line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

/** Why not, in words. */
function tickOf(columns: readonly Column[], cells: readonly string[]): Tick<Counts> | string {
  if (cells.length !== columns.length) return `expected ${columns.length} columns, found ${cells.length}`;
  const cell = (column: Column) => cells[columns.indexOf(column)];
  const at = instantOf(cell("at"));
  if (at === null) return `"${cell("at")}" is no time`;
  const arms = {
    stable: countsOf(cell("stable_n"), cell("stable_bad")),
    canary: countsOf(cell("canary_n"), cell("canary_bad")),
  };
  for (const [arm, counts] of Object.entries(arms))
    if (counts === null) return `${arm}'s counts must be whole numbers, bad not more than n`;
  return { at, plan: 0, stable: arms.stable as Counts, canary: arms.canary as Counts };
}

/** What is not there is nothing counted; null for what cannot be counts. */
function countsOf(n = "0", bad = "0"): Counts | null {
  if (!/^\d{1,15}$/.test(n) || !/^\d{1,15}$/.test(bad) || Number(bad) > Number(n)) return null;
  return { n: Number(n), bad: Number(bad) };
}
