/** InfluxDB's answers: JSON of InfluxQL, annotated CSV of Flux (docs.influxdata.com, "Annotated CSV"). */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { quoted } from "../asking/asker.ts";

const failed = (message: string) => new SerinError("SOURCE_FAILED", message);

const oneOf = (count: number, whom: string) => failed(`${whom} answered with ${count} series where one was asked for`);

export const qlSchema = z.object({
  results: z.tuple([
    z.object({
      error: z.string().optional(),
      partial: z.boolean().optional(),
      series: z.array(z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())) })).default([]),
    }),
  ]),
});

/** One series of time and one column. */
export function qlNumbers({ results: [result] }: z.output<typeof qlSchema>, whom: string): readonly number[] {
  if (result.error !== undefined) throw failed(`${whom} did not answer: ${quoted(result.error)}`);
  if (result.partial === true) throw failed(`${whom} answered in part only`);
  const { series } = result;
  if (series.length > 1) throw oneOf(series.length, whom);
  if (series.length === 0) return [];
  const [{ columns, values }] = series;
  const columnsOfValues = columns.flatMap((name, i) => (name === "time" ? [] : [i]));
  if (columnsOfValues.length !== 1)
    throw failed(`${whom} answered with ${columnsOfValues.length} columns where one was asked for`);
  return values.flatMap((row) => numberIn(row[columnsOfValues[0]], whom));
}

function numberIn(value: unknown, whom: string): readonly number[] {
  if (value === null || value === undefined) return [];
  if (typeof value === "number") return [value];
  throw failed(`${whom} answered with ${quoted(JSON.stringify(value))} where a number was asked for`);
}

/** The column `_value` of one table. */
export function fluxNumbers(csv: string, whom: string): readonly number[] {
  const rows = rowsOf(csv);
  const numbers: number[] = [];
  const tables = new Set<string>();
  let header: readonly string[] | null = null;
  for (const row of rows) {
    if (row.length === 1 && row[0] === "") header = null;
    else if (row[0].startsWith("#")) continue;
    else if (header === null) header = headerOf(row, whom);
    else {
      tables.add(row[header.indexOf("table")]);
      const text = row[header.indexOf("_value")] ?? "";
      if (text !== "") numbers.push(finite(text, whom));
    }
  }
  if (tables.size > 1) throw oneOf(tables.size, whom);
  return numbers;
}

/** An error is a table too. */
function headerOf(row: readonly string[], whom: string): readonly string[] {
  if (row.includes("error")) throw failed(`${whom} did not answer in full: an error stands in its answer`);
  if (row.includes("_value") && row.includes("table")) return row;
  throw failed(`${whom} answered with something that is no table of values`);
}

function finite(text: string, whom: string): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw failed(`${whom} answered with ${quoted(JSON.stringify(text))} where a number was asked for`);
}

/** RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. */
function rowsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|$)/gy;
  for (let found = field.exec(csv); found !== null && found.index < csv.length; found = field.exec(csv)) {
    const [, inQuotes, plain, end] = found;
    rows[rows.length - 1].push(inQuotes?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "") break;
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
