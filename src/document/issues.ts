/** The schema's complaints as people are told them: which key or value, what was expected, what was found, what was meant. */
import type { z } from "zod";
import { keysAt, nodeAt, placesOf, wordsOf } from "./known.ts";
import { nearest } from "./nearest.ts";
import { pathText, type Finding, type Path } from "./problem.ts";
import { spotAt, type Tree } from "./tree.ts";
import { expected, found, hint, listed, quoted } from "./words.ts";

type Issue = z.core.$ZodIssue;

/** What a complaint says that no author of the schema has put into words: the words are made here. */
export const UNSAID = "";

/**
 * All complaints, but for those that another one causes: a missing key is not told beside its own misspelling, and nothing
 * is said of a mapping as a whole while one of its keys is unknown.
 */
export function findingsOf(issues: readonly Issue[], tree: Tree): readonly Finding[] {
  const findings = issues.flatMap((issue) => explain(issue, [], tree));
  const unknown = findings.filter(({ at }) => at === "key");
  const others = findings.filter(({ at }) => at !== "key");
  const unsure = new Set(unknown.map(({ path }) => pathText(path.slice(0, -1))));
  const misspelt = new Set(
    unknown.flatMap(({ path, nearest: word }) => (word === undefined ? [] : [pathText([...path.slice(0, -1), word])])),
  );
  const caused = ({ path }: Finding) => (spotAt(tree.root, path).exact ? unsure : misspelt).has(pathText(path));
  return [...unknown, ...others.filter((finding) => !caused(finding))];
}

function explain(issue: Issue, base: Path, tree: Tree): readonly Finding[] {
  const path = [...base, ...(issue.path as Path)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], key));
    case "invalid_union":
      return union(issue, path, tree);
    case "invalid_key":
      return [
        { path, at: "key", message: own(issue.issues[0]) ?? `${quoted(String(path.at(-1)))} cannot be a key here` },
      ];
    default:
      return [unfit(path, own(issue), tree)];
  }
}

const own = (issue: Issue | undefined) => (issue === undefined || issue.message === UNSAID ? undefined : issue.message);

/** More known keys than this are not listed: the reference is the place for them. */
const LISTED = 12;

function unknownKey(path: Path, key: string): Finding {
  const known = keysAt(path.slice(0, -1));
  const word = nearest(key, known);
  const unknown = `unknown key ${quoted(key)}`;
  if (word !== undefined) return { path, at: "key", message: `${unknown}, did you mean "${word}"?`, nearest: word };
  const places = placesOf(key);
  if (places.length === 1) return { path, at: "key", message: `${unknown}: it belongs in ${places[0]}` };
  const few = known.length > 0 && known.length <= LISTED;
  return {
    path,
    at: "key",
    message: few ? `${unknown}: known here ${known.length === 1 ? "is" : "are"} ${listed(known, "and")}` : unknown,
  };
}

/** A union's branch that was meant is the one whose kind of value was written; its complaints are the ones to tell. */
function union(issue: Issue & { code: "invalid_union" }, path: Path, tree: Tree): readonly Finding[] {
  const meant = issue.errors.filter((branch) => branch.every((inner) => !isOtherKind(inner)));
  const [fewest] = meant.toSorted((a, b) => a.length - b.length);
  if (fewest === undefined) return [unfit(path, own(issue), tree)];
  return fewest.flatMap((inner) => explain(inner, path, tree));
}

const isOtherKind = ({ code, path }: Issue) =>
  path.length === 0 && (code === "invalid_type" || code === "invalid_value" || code === "invalid_union");

function unfit(path: Path, said: string | undefined, tree: Tree): Finding {
  const { spot, exact } = spotAt(tree.root, path);
  if (!exact) return said === undefined ? missing(path) : { path, message: said };
  const value = valueAt(tree.value, path);
  const node = nodeAt(path) ?? {};
  const wanted = said ?? `expected ${expected(node, value)}`;
  if (!wanted.startsWith("expected ") || wanted.includes(", found ")) return { path, message: wanted };
  const word = typeof value === "string" ? nearest(value, wordsOf(node)) : undefined;
  const meant = word === undefined ? hint(node, value, spot) : `, did you mean "${word}"?`;
  return { path, message: `${wanted}, found ${found(node, value, spot)}${meant}`, nearest: word };
}

function missing(path: Path): Finding {
  const what = nodeAt(path)?.description;
  return { path, message: `${quoted(String(path.at(-1)))} is missing${what === undefined ? "" : ` (${what})`}` };
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, step) => (part as Record<string | number, unknown> | null)?.[step], value);
}
