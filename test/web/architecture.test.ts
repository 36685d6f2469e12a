/** The walls of the dashboard: rings in order, no circles, and of the server only what a browser may have. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shared } from "./shared.ts";

const web = fileURLToPath(new URL("../../web/src", import.meta.url));
const server = fileURLToPath(new URL("../../src", import.meta.url));

/** Innermost first. Folders that share a rank must not import each other. */
const rings: readonly (readonly string[])[] = [
  ["words"],
  ["api"],
  ["ui"],
  ["why"],
  ["gates"],
  ["release", "fleet", "exposure", "document", "settings", "new", "history"],
  ["plan", "workshop"],
  ["app"],
  ["main"],
];
const rank = (folder: string) => rings.findIndex((names) => names.includes(folder));
const folderOf = (file: string) =>
  relative(web, file)
    .split("/")[0]
    .replace(/\.tsx?$/, "");

const LONGEST = 150;

const files = readdirSync(web, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => join(web, file));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found = [
    ...text.matchAll(/(?:^|\s)(?:(import|export)(\s+type)?\b[^;'"]*?from\s*|import\()["'](\.[^"']+)["']/g),
  ];
  return found.map(([, , type, spec]) => ({
    from: file,
    to: resolve(dirname(file), spec),
    typeOnly: type !== undefined,
  }));
}

const all = files.flatMap(importsOf);
const shown = ({ from, to }: Import) => `${relative(web, from)} -> ${relative(web, to)}`;

test("every file belongs to a ring", () => {
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter((file) => rank(folderOf(file)) < 0).map((file) => relative(web, file))).toEqual([]);
});

test("imports point inwards", () => {
  const wrong = all.filter(({ from, to }) => {
    if (!to.startsWith(web)) return false;
    const [here, there] = [folderOf(from), folderOf(to)];
    return here !== there && rank(there) >= rank(here);
  });
  expect(wrong.map(shown)).toEqual([]);
});

test("of the server only types are taken, and what reads the same everywhere", () => {
  const wrong = all.filter(
    ({ to, typeOnly }) => to.startsWith(server) && !typeOnly && !shared.includes(relative(server, to)),
  );
  expect(wrong.map(shown)).toEqual([]);
});

test("no import cycles, type-only ones included", () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file))
      return void cycles.push([...path.slice(path.indexOf(file)), file].map((one) => relative(web, one)).join(" -> "));
    if (done.has(file)) return;
    for (const { to } of all.filter(({ from }) => from === file)) if (files.includes(to)) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test("no file is longer than can be seen", () => {
  const long = files.map((file) => [relative(web, file), readFileSync(file, "utf8").split("\n").length - 1] as const);
  expect(long.filter(([, lines]) => lines > LONGEST)).toEqual([]);
});
