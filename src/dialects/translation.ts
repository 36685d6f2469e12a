/** What a translator gives: the document, and every sentence about what became of the manifests it was made from. */
import { refusal } from "../document/problem.ts";
import { SerinError } from "../errors.ts";
import type { Manifest, Part } from "./manifest.ts";
import type { Problem } from "./place.ts";
import { mapping, textOfTree } from "./said.ts";

/** A part that has no place in the new document. */
export interface Loss extends Problem {
  /** Whether a release without it would not be what its author asked for: such a document is not run by itself. */
  readonly stops: boolean;
}

/** A secret that stood in a manifest, and the file that the document names for it. */
export interface SecretFile {
  readonly path: string;
  readonly value: string;
}

export interface Translation {
  readonly name: string;
  /** YAML; each line says where it came from. */
  readonly document: string;
  readonly kept: readonly Problem[];
  /** Kept with another meaning, or another form, than one might think. */
  readonly changed: readonly Problem[];
  readonly lost: readonly Loss[];
  readonly secrets: readonly SecretFile[];
}

/** What no manifest of a cluster says and one machine needs. */
export interface Arms {
  readonly stable?: ArmAt | undefined;
  readonly canary?: ArmAt | undefined;
}

export interface ArmAt {
  readonly backends: readonly string[];
  readonly revision?: string | undefined;
}

export interface Options extends Arms {
  /** Which one, where the files hold several. */
  readonly name?: string | undefined;
  /** Where webhooks to a load tester's gates go instead. */
  readonly gates?: string | undefined;
  /** The region of CloudWatch, which some files leave to the cluster. */
  readonly region?: string | undefined;
  /** Where secrets that stand in manifests are to be put; in variables of the environment unless said. */
  readonly secretsIn?: string | undefined;
}

/** The notes of one translation under way. */
export class Notes {
  readonly kept: Problem[] = [];
  readonly changed: Problem[] = [];
  readonly lost: Loss[] = [];
  readonly secrets: SecretFile[] = [];

  /** For what is kept inside something else: a variable of a query, say. */
  keep(part: Part, message: string): void {
    if (part.there) this.kept.push(part.says(message));
  }

  change(part: Part, message: string): void {
    this.changed.push(part.says(message));
  }

  /** Notes the whole part as lost. */
  lose(part: Part, message: string, stops = false): void {
    if (!part.there) return;
    part.take();
    this.lost.push({ ...part.says(message), stops });
  }
}

/** Every part that nobody read, with a sentence of the dialect's or none. */
export function loseRest(manifest: Manifest, notes: Notes, sentence: (part: Part) => string): void {
  for (const part of manifest.unread()) notes.lose(part, sentence(part));
}

/** A translation at its end, and what it was made from. */
interface Ended {
  readonly name: string;
  readonly notes: Notes;
  readonly chosen: Manifest;
  readonly others: readonly Manifest[];
  readonly manifests: readonly Manifest[];
  readonly sentenceOf: (part: Part) => string;
}

/** Nothing in anybody's file goes unmentioned. */
export function tellOfTheRest({ name, notes, chosen, others, manifests, sentenceOf }: Ended): void {
  const used = new Set(others.filter(({ touched }) => touched));
  for (const { root } of manifests) {
    for (const path of [["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"]])
      root.get(...path).take();
  }
  loseRest(chosen, notes, sentenceOf);
  for (const other of others) {
    const called = other.kind === "" ? "this" : `${other.kind} ${nameOf(other)}`;
    if (used.has(other)) loseRest(other, notes, sentenceOf);
    else notes.lose(other.root, `${called} is nothing that ${name} asks for`);
  }
}

/** Throws DOCUMENT_INVALID for what the manifests' own program would refuse. */
export function refuseMistakes(manifests: readonly Manifest[]): void {
  const wrong = manifests.find(({ mistakes }) => mistakes.length > 0);
  if (wrong !== undefined) throw refusal("DOCUMENT_INVALID", wrong.mistakes, wrong.source.text);
}

/** In the order of the text, nothing said twice. */
const inOrder = <P extends Problem>(problems: readonly P[]): readonly P[] =>
  [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()].toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );

/** The whole document. `spec` is a tree of values that say where they came from. */
export function finished(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  notes: Notes,
  head: string,
): Translation {
  const tree = { apiVersion: "serin.dev/v1alpha1", kind: "Rollout", metadata: { name }, spec: mapping(spec) };
  const { text, kept } = textOfTree(tree, head);
  const { changed, lost, secrets } = notes;
  return {
    name,
    document: text,
    kept: inOrder([...kept, ...notes.kept]),
    changed: inOrder(changed),
    lost: inOrder(lost),
    secrets,
  };
}

/** The one object that a release is made of. Throws DOCUMENT_INVALID when there is none, USAGE when there is no telling which. */
export const theOneNamed = (found: readonly Manifest[], what: string, name: string | undefined): Manifest =>
  theOneOf(found, nameOf, what, name);

/** The same, for what has its name elsewhere. */
export function theOneOf(
  found: readonly Manifest[],
  called: (manifest: Manifest) => string,
  what: string,
  name: string | undefined,
): Manifest {
  const named = name === undefined ? found : found.filter((manifest) => called(manifest) === name);
  if (named.length === 1) return named[0];
  const names = found.map(called).join(", ");
  if (named.length > 1)
    throw new SerinError("USAGE", `there are ${named.length} of ${what}, ${names}: name one by --name`);
  const which = name === undefined ? "" : ` named ${name}${names === "" ? "" : ` among ${names}`}`;
  throw new SerinError("DOCUMENT_INVALID", `there is no ${what}${which} in the files`);
}

export const nameOf = (manifest: Manifest): string => {
  const name = manifest.root.get("metadata", "name").raw;
  return typeof name === "string" ? name : "(nameless)";
};
