/** The walls of the house: files import from their own folder and from rings before it, and nothing imports in a circle. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

const adapters = ["metrics", "routers", "notifiers", "stores", "workloads"];
/** Innermost first. Names that share a rank must not import each other. */
const rings: readonly (readonly string[])[] = [
  ["errors"],
  ["stats"],
  ["analysis"],
  ["rollout"],
  ["engine"],
  ["gateway", "kubernetes"],
  adapters,
  ["sim"],
  ["document"],
  ["dialects"],
  ["http"],
  ["cli"],
  ["modes"],
  ["main", "index"],
];
const rank = (ring: string) => rings.findIndex((names) => names.includes(ring));
const ringOf = (file: string) =>
  relative(src, file)
    .split("/")[0]
    .replace(/\.tsx?$/, "");

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((f) => /\.tsx?$/.test(f) && !/\.test\.tsx?$/.test(f))
  .map((f) => join(src, f));

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = [...text.matchAll(/^\s*(?:import|export)\b[^;'"]*?(?:from\s*)?["'](\.[^"']+)["']/gm)].map((m) => m[1]);
  return found.map((spec) => resolve(dirname(file), spec));
}

test("every file belongs to a ring", () => {
  expect(files.filter((f) => rank(ringOf(f)) < 0).map((f) => relative(src, f))).toEqual([]);
});

test("imports point inwards", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith(src))
      .filter((target) => {
        const [from, to] = [ringOf(file), ringOf(target)];
        return from !== to && rank(to) >= rank(from);
      })
      .map((target) => `${relative(src, file)} -> ${relative(src, target)}`),
  );
  expect(wrong).toEqual([]);
});

test("no import cycles, type-only imports included", () => {
  const cycles: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      cycles.push([...path.slice(path.indexOf(file)), file].map((f) => relative(src, f)).join(" -> "));
      return;
    }
    state.set(file, "open");
    for (const target of importsOf(file)) if (files.includes(target)) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test("the pure rings touch no world", () => {
  const pure = new Set(["errors", "stats", "analysis", "rollout"]);
  const touching = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bfetch\(|from "node:/;
  const wrong = files.filter((f) => pure.has(ringOf(f)) && touching.test(readFileSync(f, "utf8")));
  expect(wrong.map((f) => relative(src, f))).toEqual([]);
});
