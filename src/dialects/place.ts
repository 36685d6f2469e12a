/** What is said about a part of somebody's file: where it stands, and one sentence. */
import { pathText, type Path, type Problem } from "../document/problem.ts";
import { problemAt, type Source } from "../document/source.ts";
import { spotAt, type Tree } from "../document/tree.ts";

/** Where a part of a manifest stands; the last part on the way to it that was written, where it was not. */
export function placeOf(source: Source, tree: Tree, path: Path, message: string): Problem {
  const { spot } = spotAt(tree.root, path);
  return problemAt(source, { offset: spot.key ?? spot.value, path, message });
}

export { pathText, type Path, type Problem };
