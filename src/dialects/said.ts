/** A translated document on its way to text: each value may say where it came from, and the text says it too. */
import { Document, isCollection, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from "yaml";
import { Part } from "./manifest.ts";
import { pathText, type Path, type Problem } from "./place.ts";

/** A value with its origin. */
export class Said {
  readonly value: unknown;
  readonly from: readonly Part[];
  readonly why: string;

  constructor(value: unknown, from: readonly Part[], why: string) {
    this.value = value;
    this.from = from;
    this.why = why;
  }
}

/** A value that is what was written at a part (or several), or follows from it. */
export const from = (part: Part | readonly Part[], value: unknown, why = ""): Said =>
  new Said(value, part instanceof Part ? [part] : part, why);
/** A value that nobody wrote, and why it is there. */
export const because = (why: string, value: unknown): Said => new Said(value, [], why);

/** Mappings without what was not said. */
export function mapping(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The tree without its origins. */
export function plainOf(tree: unknown): unknown {
  if (tree instanceof Said) return plainOf(tree.value);
  if (Array.isArray(tree)) return tree.map(plainOf);
  if (tree === null || typeof tree !== "object") return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, plainOf(value)]));
}

export interface Text {
  readonly text: string;
  /** What became of which part: the sentence names the place in the new document. */
  readonly kept: readonly Problem[];
}

export function textOfTree(tree: unknown, head: string): Text {
  const kept: Problem[] = [];
  const document = new Document(nodeOf(tree, [], kept));
  document.commentBefore = head;
  return { text: document.toString({ lineWidth: 0 }), kept };
}

function nodeOf(tree: unknown, path: Path, kept: Problem[]): Node {
  if (tree instanceof Said) return saidNode(tree, path, kept);
  if (Array.isArray(tree)) {
    const list = new YAMLSeq();
    tree.forEach((item: unknown, i) => list.items.push(nodeOf(item, [...path, i], kept)));
    list.flow = tree.length === 0;
    return list;
  }
  if (tree === null || typeof tree !== "object") return new Scalar(tree);
  const map = new YAMLMap();
  const fields = Object.entries(tree);
  for (const [key, value] of fields) map.items.push(new Pair(new Scalar(key), nodeOf(value, [...path, key], kept)));
  map.flow = fields.length === 0;
  return map;
}

function saidNode(said: Said, path: Path, kept: Problem[]): Node {
  const node = nodeOf(said.value, path, kept);
  for (const part of said.from) kept.push(part.says(`is ${pathText(path)}`));
  const words = wordsOf(said);
  if (isCollection(node) && !node.flow)
    node.commentBefore = [` ${words}`, node.commentBefore ?? ""].join("\n").trimEnd();
  else node.comment = ` ${words}`;
  return node;
}

/** "canary.yaml:12 spec.analysis.interval: less than 10s means 10s" */
function wordsOf({ from: [part], why }: Said): string {
  if (part === undefined) return why;
  const { file, line, path } = part.says("");
  const origin = `${file.slice(file.lastIndexOf("/") + 1)}:${line} ${path}`.replaceAll(/[\p{Cc}]/gu, " ");
  return why === "" ? origin : `${origin}: ${why}`;
}
