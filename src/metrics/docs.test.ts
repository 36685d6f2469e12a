/** Every source that docs/sources.md shows is one that is read, and every source that there is has its section. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { offersOf, sourceSchema } from "./index.ts";

const page = readFileSync(new URL("../../docs/sources.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => parse(text) as { source?: unknown });
const shown = blocks.flatMap(({ source }) => (source === undefined ? [] : [source]));

test.each(shown.map((source) => [Object.keys(source as object)[0], source] as const))("%s is read", (name, source) => {
  const read = offersOf(sourceSchema.parse(source));
  expect(read.name).toBe(name);
  expect(read.offers.length).toBeGreaterThan(0);
});

test("every source is shown and has its row", () => {
  const names = Object.keys(sourceSchema.in.shape);
  const rows = [...page.matchAll(/^\| \[(\w+)\]\(#([\w-]+)\)/gm)].map(([, name]) => name);
  expect(rows.toSorted((a, b) => a.localeCompare(b))).toEqual(names.toSorted((a, b) => a.localeCompare(b)));
  const known = new Set(shown.flatMap((source) => Object.keys(source as object)));
  expect(names.filter((name) => name !== "gateway" && !known.has(name))).toEqual([]);
});
