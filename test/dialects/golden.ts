/** Golden pairs of a dialect: NAME.in.yaml becomes NAME.out.yaml, and NAME.said.txt is all that is said of it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readDocument } from "../../src/document/index.ts";
import { SerinError } from "../../src/errors.ts";
import { manifestsIn, type Part, type Written } from "../../src/dialects/manifest.ts";
import { pathText, type Problem } from "../../src/dialects/place.ts";
import type { Options, Translation } from "../../src/dialects/translation.ts";

type Translate = (files: readonly Written[], options: Options) => Translation;

/** A scene without a document: its mistakes are what is said. */
interface Refused {
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
}

const arms: Options = {
  stable: { backends: ["http://127.0.0.1:9001"], revision: "v1" },
  canary: { backends: ["http://127.0.0.1:9002"], revision: "v2" },
};

/** `folder` as a file's URL; options of a scene by its name. */
export function goldenPairs(
  folder: URL,
  ending: string,
  translate: Translate,
  options: Readonly<Record<string, Options>> = {},
): void {
  const dir = fileURLToPath(folder);
  const scenes = readdirSync(dir).filter((file) => file.endsWith(ending));
  test.each(scenes)("%s", async (file) => {
    const name = file.slice(0, -ending.length);
    const text = readFileSync(`${dir}/${file}`, "utf8");
    const written = { file: file.replace(".in.", "."), text };
    const made = attempt(() => translate([written], { ...arms, ...options[name] }));
    await expect(saidOf(made)).toMatchFileSnapshot(`${dir}/${name}.said.txt`);
    if (!("document" in made)) return;
    await expect(made.document).toMatchFileSnapshot(`${dir}/${name}.out.yaml`);
    expect(readDocument(made.document, "out").name).toBe(made.name);
    expect(unmentioned(written, made), "nothing is dropped in silence").toEqual([]);
  });
}

function attempt(translate: () => Translation): Translation | Refused {
  try {
    return translate();
  } catch (thrown) {
    if (!(thrown instanceof SerinError)) throw thrown;
    const { problems = [] } = thrown.details as { problems?: readonly Problem[] };
    return { code: thrown.code, message: thrown.message, problems };
  }
}

const line = ({ line, column, path, message }: Problem) => `${line}:${column} ${path}: ${message}`;

function saidOf(made: Translation | Refused): string {
  if (!("document" in made)) return [made.code, made.message, ...made.problems.map(line), ""].join("\n");
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`# ${title}`, "", ...lines, ""];
  const lost = made.lost.map((loss) => `${line(loss)}${loss.stops ? " [stops]" : ""}`);
  const secrets = made.secrets.map(({ path }) => path);
  return [
    ...part("kept", made.kept.map(line)),
    ...part("changed", made.changed.map(line)),
    ...part("lost", lost),
    ...part("secrets", secrets),
  ].join("\n");
}

/** Paths of values that no sentence speaks of, nor of anything that they are a part of. */
export function unmentioned(written: Written, { kept, changed, lost }: Translation): readonly string[] {
  const told = [...kept, ...changed, ...lost];
  return manifestsIn([written]).flatMap(({ root }) => {
    const [first, last] = linesOf(root);
    const paths = new Set(told.filter(({ line }) => line >= first && line <= last).map(({ path }) => path));
    return leavesOf(root)
      .filter((leaf) => !isUsual(leaf) && !isTold(leaf, paths))
      .map((leaf) => line(leaf.says(String(leaf.raw))));
  });
}

function linesOf(root: Part): readonly [first: number, last: number] {
  const lines = leavesOf(root).map((leaf) => leaf.says("").line);
  return [Math.min(...lines), Math.max(...lines)];
}

function leavesOf(part: Part): readonly Part[] {
  if (part.raw === null || typeof part.raw !== "object") return [part];
  const inside = Array.isArray(part.raw) ? part.items() : part.fields().map(([, field]) => field);
  return inside.length === 0 ? [part] : inside.flatMap(leavesOf);
}

/** What the file is, what it is called, and what is as it would be unsaid. */
const isUsual = ({ path, raw }: Part) =>
  raw === false || path[0] === "apiVersion" || path[0] === "kind" || /^metadata\.name(space)?$/.test(pathText(path));

const isTold = ({ path }: Part, told: ReadonlySet<string>) =>
  path.some((_step, i) => told.has(pathText(path.slice(0, i + 1)))) || told.has("");
