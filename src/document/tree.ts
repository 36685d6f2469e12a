/**
 * Nodes to a plain value, with the place of every part of it. What YAML can say and a document does not need is told
 * here with its place: tags, merge keys, keys that are no words, a key said twice, aliases beyond the ordinary.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Pair,
  type ParsedNode,
  type Scalar,
} from "yaml";
import type { Path } from "./problem.ts";
import { unreadable, type Flaw, type Source } from "./source.ts";
import { MAX_DEPTH } from "./syntax.ts";

/** Room for every gate, match and hook that the schema allows. */
const MAX_NODES = 20_000;
/** `health: *h` on the second arm is ordinary; a hundred references are a bomb (CWE-776). */
const MAX_ALIASES = 20;

/** How a part was written. `nothing`: a key without a value. */
export type Style = "plain" | "quoted" | "list" | "mapping" | "nothing";

/** Where a part stands and how it was written. */
export interface Spot {
  /** Offset of its key; null for items of lists and for the document. */
  readonly key: number | null;
  readonly value: number;
  readonly style: Style;
  /** A plain scalar as written, e.g. "1.10", which is the number 1.1. */
  readonly written: string;
  readonly inside: ReadonlyMap<string | number, Spot>;
}

export interface Tree {
  readonly value: unknown;
  readonly root: Spot;
  readonly flaws: readonly Flaw[];
}

type Node = ParsedNode | null | undefined;
type Grown = readonly [value: unknown, spot: Spot];

/** Throws DOCUMENT_UNREADABLE for what is only there to grow without end. */
export function treeOf(document: Document.Parsed | undefined, source: Source): Tree {
  if (document === undefined) return { value: null, root: spotOf(null, 0, "nothing"), flaws: [] };
  const grower = new Grower(document, source);
  const [value, root] = grower.grow(document.contents, [], null);
  return { value, root, flaws: grower.flaws };
}

/** The deepest part on the way to a path that was written, and whether it is the path's own. */
export function spotAt(root: Spot, path: Path): { readonly spot: Spot; readonly exact: boolean } {
  let spot = root;
  for (const step of path) {
    const next = spot.inside.get(step);
    if (next === undefined) return { spot, exact: false };
    spot = next;
  }
  return { spot, exact: true };
}

const nobody: Spot["inside"] = new Map();
const spotOf = (key: number | null, value: number, style: Style, written = "", inside = nobody): Spot => ({
  key,
  value,
  style,
  written,
  inside,
});

class Grower {
  readonly flaws: Flaw[] = [];
  readonly #document: Document.Parsed;
  readonly #source: Source;
  /** Nodes whose inside is being read: an alias to one of them has no end. */
  readonly #open = new Set<unknown>();
  #nodes = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, source: Source) {
    this.#document = document;
    this.#source = source;
  }

  grow(node: Node, path: Path, key: number | null): Grown {
    const offset = node?.range[0] ?? key ?? 0;
    if (++this.#nodes > MAX_NODES) throw this.#refuse(offset, `a document has at most ${MAX_NODES} parts`);
    if (path.length > MAX_DEPTH) throw this.#refuse(offset, `nested deeper than ${MAX_DEPTH}`);
    if (isAlias(node)) return this.#follow(node, path, key);
    if (node?.tag !== undefined && node.tag !== null)
      this.#flaw(offset, path, `tags are not read: leave ${tagOf(node.tag)} out`);
    if (isMap(node)) return this.#within(node, () => this.#mapping(node.items, path, key, offset));
    if (isSeq(node)) return this.#within(node, () => this.#list(node.items, path, key, offset));
    return isScalar(node) ? scalar(node, key, offset) : [null, spotOf(key, offset, "nothing")];
  }

  #within(node: ParsedNode, read: () => Grown): Grown {
    this.#open.add(node);
    try {
      return read();
    } finally {
      this.#open.delete(node);
    }
  }

  #follow(alias: Alias.Parsed, path: Path, key: number | null): Grown {
    const offset = alias.range[0];
    if (++this.#aliases > MAX_ALIASES) throw this.#refuse(offset, `a document has at most ${MAX_ALIASES} aliases`);
    const node = alias.resolve(this.#document);
    if (node === undefined) {
      this.#flaw(offset, path, `*${alias.source} refers to an anchor that does not stand before it`);
      return [null, spotOf(key, offset, "nothing")];
    }
    if (this.#open.has(node)) throw this.#refuse(offset, `*${alias.source} refers to what it is part of`);
    const [value, spot] = this.grow(node as ParsedNode, path, key);
    return [value, { ...spot, key }];
  }

  #list(items: readonly ParsedNode[], path: Path, key: number | null, offset: number): Grown {
    const grown = items.map((item, i) => this.grow(item, [...path, i], null));
    const inside = new Map(grown.map(([, spot], i) => [i, spot]));
    return [grown.map(([value]) => value), spotOf(key, offset, "list", "", inside)];
  }

  #mapping(pairs: readonly Pair<ParsedNode, Node>[], path: Path, key: number | null, offset: number): Grown {
    const value: Record<string, unknown> = {};
    const inside = new Map<string, Spot>();
    for (const pair of pairs) {
      const name = this.#keyOf(pair.key, path, inside, offset);
      if (name === null) continue;
      const [part, spot] = this.grow(pair.value, [...path, name], pair.key.range[0]);
      value[name] = part;
      inside.set(name, spot);
    }
    return [value, spotOf(key, offset, "mapping", "", inside)];
  }

  /** The name of a field; null, and the mistake is told, when there is none to go on with. */
  #keyOf(node: ParsedNode | null, path: Path, known: ReadonlyMap<string, Spot>, parent: number): string | null {
    const offset = node?.range[0] ?? parent;
    const name = isScalar(node) ? nameOf(node) : "";
    const message = name === "" ? "expected a key that is a word" : refusedKey(name, known);
    if (message === null) return name;
    this.#flaw(offset, name === "" ? path : [...path, name], message);
    return null;
  }

  #flaw(offset: number, path: Path, message: string): void {
    this.flaws.push({ offset, path, message });
  }

  #refuse(offset: number, message: string) {
    return unreadable(this.#source, [{ offset, message }]);
  }
}

function refusedKey(name: string, known: ReadonlyMap<string, Spot>): string | null {
  if (known.has(name)) return `the key ${JSON.stringify(name)} stands here twice`;
  if (name === "<<") return "merge keys are not read: write the fields out";
  // an object's prototype is no field
  return name === "__proto__" ? `no key can be called ${name}` : null;
}

/** Keys are words as written: `5xx`, `on` and `1.10` stay what they look like. */
const nameOf = (node: Scalar) => (node.type === "PLAIN" ? (node.source ?? "") : String(node.value));

const tagOf = (tag: string) => tag.replace(/^tag:yaml\.org,2002:/, "!!");

function scalar(node: Scalar.Parsed, key: number | null, offset: number): Grown {
  if (node.type !== "PLAIN") return [node.value, spotOf(key, offset, "quoted")];
  return [node.value, spotOf(key, offset, node.source === "" ? "nothing" : "plain", node.source)];
}
