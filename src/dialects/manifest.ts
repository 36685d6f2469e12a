/**
 * A manifest that is read field by field. What was read is noted, so that what nobody read can be told in the end: no
 * field of anybody's file is dropped in silence.
 */
import { sourceOf, type Source } from "../document/source.ts";
import { syntaxOf } from "../document/syntax.ts";
import { refusal } from "../document/problem.ts";
import { textOf } from "../document/text.ts";
import { treeOf, type Tree } from "../document/tree.ts";
import { pathText, placeOf, type Path, type Problem } from "./place.ts";

/** A file as it was read from disk. */
export interface Written {
  readonly file: string;
  readonly text: Uint8Array | string;
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const isAmount = (value: unknown): value is number | string => typeof value === "number" || typeof value === "string";

/** One document of a file. */
export class Manifest {
  readonly source: Source;
  readonly tree: Tree;
  /** Mistakes against the shape that the manifest's own program asks for. */
  readonly mistakes: Problem[] = [];
  readonly root: Part;
  readonly #read = new Set<string>();

  /** `base`: where in its document the manifest lies, as in a list of kubectl's. */
  constructor(source: Source, tree: Tree, base: Path = []) {
    this.source = source;
    this.tree = tree;
    this.root = new Part(this, [], tree.value).get(...base);
  }

  get kind(): string {
    return this.#word("kind");
  }

  /** "flagger.app" of "flagger.app/v1beta1". */
  get group(): string {
    return this.#word("apiVersion").split("/")[0];
  }

  #word(key: string): string {
    const value = this.root.get(key).raw;
    return typeof value === "string" ? value : "";
  }

  note(path: Path): void {
    this.#read.add(pathText(path));
  }

  /** Whether anything of it was read. */
  get touched(): boolean {
    return this.#read.size > 0;
  }

  wasRead(path: Path): boolean {
    return this.#read.has(pathText(path));
  }

  /** The topmost parts of which nothing was read. */
  unread(): readonly Part[] {
    return this.root.unread();
  }
}

/** A part of a manifest and everything that can be asked of it. Asking for a value notes that it was read. */
export class Part {
  readonly manifest: Manifest;
  readonly path: Path;
  readonly raw: unknown;

  constructor(manifest: Manifest, path: Path, raw: unknown) {
    this.manifest = manifest;
    this.path = path;
    this.raw = raw;
  }

  /** Whether anything was written; `null` is Kubernetes' nothing. */
  get there(): boolean {
    return this.raw !== undefined && this.raw !== null;
  }

  /** The path from the manifest's own root. */
  get within(): Path {
    return this.path.slice(this.manifest.root.path.length);
  }

  get(...path: Path): Part {
    return path.reduce<Part>((part, step) => part.#step(step), this);
  }

  #step(step: string | number): Part {
    const path = [...this.path, step];
    const has = this.raw !== null && typeof this.raw === "object" && Object.hasOwn(this.raw, step);
    return new Part(this.manifest, path, has ? (this.raw as Record<string | number, unknown>)[step] : undefined);
  }

  /** Notes the part and all that is in it. */
  take(): unknown {
    this.manifest.note(this.path);
    return this.raw;
  }

  text(): string | undefined {
    return this.#typed("a text", (value): value is string => typeof value === "string");
  }

  number(): number | undefined {
    return this.#typed("a number", (value): value is number => typeof value === "number" && Number.isFinite(value));
  }

  /** A number, or a text that is one, as Kubernetes' int-or-string. */
  amount(): number | string | undefined {
    return this.#typed("a number or a text", isAmount);
  }

  flag(): boolean | undefined {
    return this.#typed("true or false", (value): value is boolean => typeof value === "boolean");
  }

  #typed<T>(expected: string, fits: (value: unknown) => value is T): T | undefined {
    if (!this.there) return undefined;
    const value = this.take();
    if (fits(value)) return value;
    this.mistake(`expected ${expected}`);
    return undefined;
  }

  items(): readonly Part[] {
    if (!this.there) return [];
    if (Array.isArray(this.raw)) return this.raw.map((value, i) => new Part(this.manifest, [...this.path, i], value));
    this.mistake("expected a list");
    return [];
  }

  fields(): readonly (readonly [key: string, part: Part])[] {
    if (!this.there) return [];
    if (isMapping(this.raw)) return Object.keys(this.raw).map((key) => [key, this.get(key)]);
    this.mistake("expected a mapping");
    return [];
  }

  /** Texts by key. */
  words(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.fields().flatMap(([key, part]) => {
        const text = part.text();
        return text === undefined ? [] : [[key, text]];
      }),
    );
  }

  unread(): readonly Part[] {
    if (this.manifest.wasRead(this.path)) return [];
    const inside = this.#inside();
    const unread = inside.flatMap((part) => part.unread());
    if (inside.length === 0) return this.raw === undefined ? [] : [this];
    // nothing in it was read: told once, and not leaf by leaf
    const whole = unread.length === inside.length && unread.every((part, i) => part.path === inside[i].path);
    return whole && this.within.length > 1 ? [this] : unread;
  }

  #inside(): readonly Part[] {
    if (Array.isArray(this.raw)) return this.items();
    return isMapping(this.raw) ? this.fields().map(([, part]) => part) : [];
  }

  says(message: string): Problem {
    return placeOf(this.manifest.source, this.manifest.tree, this.path, message);
  }

  mistake(message: string): void {
    this.manifest.note(this.path);
    this.manifest.mistakes.push(this.says(message));
  }
}

/** Every document of every file. Throws DOCUMENT_UNREADABLE, and DOCUMENT_INVALID for what YAML says and nobody reads. */
export function manifestsIn(files: readonly Written[]): readonly Manifest[] {
  return files.flatMap(({ file, text: written }) => {
    const text = textOf(written, file);
    const { documents } = syntaxOf(text, file);
    const source = sourceOf(file, text);
    return documents.flatMap((document) => {
      const tree = treeOf(document, source);
      const flaws = tree.flaws.map(({ path, message }) => placeOf(source, tree, path, message));
      if (flaws.length > 0) throw refusal("DOCUMENT_INVALID", flaws, text);
      return listed(new Manifest(source, tree));
    });
  });
}

/** `kubectl get -o yaml` prints a List. */
function listed(manifest: Manifest): readonly Manifest[] {
  if (!manifest.kind.endsWith("List")) return [manifest];
  const { source, tree, root } = manifest;
  return root
    .get("items")
    .items()
    .map((item) => new Manifest(source, tree, item.path));
}
