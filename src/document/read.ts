/** A document from its bytes to what the core reads, or to every mistake in it with its place. */
import { documentZod, type RolloutDocument } from "./schema.ts";
import { findingsOf, UNSAID } from "./issues.ts";
import { mistakesIn, surprisesIn } from "./checks/index.ts";
import { partsOf } from "./parts.ts";
import { pathText, refusal, sorted, type Finding, type Problem } from "./problem.ts";
import { problemAt, type Flaw, type Source } from "./source.ts";
import { syntaxOf, type Syntax } from "./syntax.ts";
import { textOf } from "./text.ts";
import { spotAt, treeOf, type Tree } from "./tree.ts";

export interface Read {
  readonly name: string;
  /** Kept as written: the text. */
  readonly document: string;
  readonly rollout: RolloutDocument;
  /** What works and may surprise. */
  readonly warnings: readonly Problem[];
}

/**
 * Reads one Rollout, YAML or JSON. `file` is what problems call the text. Throws DOCUMENT_UNREADABLE (too large, not
 * UTF-8, neither YAML nor JSON) and DOCUMENT_INVALID; `details.problems` are Problems, `details.text` is the text.
 */
export function readDocument(bytes: Uint8Array | string, file: string): Read {
  const text = textOf(bytes, file);
  const syntax = syntaxOf(text, file);
  const tree = treeOf(syntax.documents[0], syntax.source);
  const { rollout, findings } = understood(tree);
  const problems = [...tree.flaws, ...furtherDocuments(syntax)].map((flaw) => problemAt(syntax.source, flaw));
  problems.push(...findings.map((finding) => placed(finding, tree, syntax.source)));
  if (rollout === null || problems.length > 0) throw refusal("DOCUMENT_INVALID", problems, text);
  const warnings = sorted(surprisesIn(partsOf(tree.value)).map((finding) => placed(finding, tree, syntax.source)));
  return { name: rollout.name, document: text, rollout, warnings };
}

/** A document that was read before: what a store is opened with. Throws as `readDocument` does. */
export function parseKept(name: string, document: unknown): RolloutDocument {
  const { rollout } = readDocument(typeof document === "string" ? document : JSON.stringify(document), name);
  if (rollout.name === name) return rollout;
  const message = `expected ${name}, under which it is kept, found ${rollout.name}`;
  throw refusal("DOCUMENT_INVALID", [{ file: name, line: 1, column: 1, path: "metadata.name", message }], "");
}

interface Understood {
  readonly rollout: RolloutDocument | null;
  readonly findings: readonly Finding[];
}

function understood(tree: Tree): Understood {
  const result = documentZod.safeParse(tree.value, { error: () => UNSAID });
  const issues = result.success ? [] : findingsOf(result.error.issues, tree);
  const told = new Set(tree.flaws.map(({ path }) => pathText(path)));
  const findings = [...issues, ...mistakesIn(partsOf(tree.value))].filter(({ path }) => !told.has(pathText(path)));
  return { rollout: result.data ?? null, findings };
}

function furtherDocuments({ documents }: Syntax): readonly Flaw[] {
  return documents.slice(1).map(({ contents, range }) => ({
    offset: contents?.range[0] ?? range[0],
    path: [],
    message: "a file holds one Rollout: a second document begins here",
  }));
}

function placed(finding: Finding, tree: Tree, source: Source): Problem {
  const { path, message, nearest } = finding;
  return problemAt(source, { offset: offsetOf(finding, tree), path, message, nearest });
}

/** A key, where it is at fault or what it holds spans lines; else the value; for what is missing, what it is missing in. */
function offsetOf({ path, at }: Finding, { root }: Tree): number {
  const { spot, exact } = spotAt(root, path);
  const value = exact && at !== "key" && (spot.style === "plain" || spot.style === "quoted");
  return value ? spot.value : (spot.key ?? spot.value);
}
