/**
 * What both stores share: the shape of an opened store, parsing of kept documents, listeners and the bounds of reads.
 */
import type { Records, Store } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { Spec } from "../rollout/spec.ts";
import { decode } from "./json.ts";

/** The engine's side, the people's side and retention, in one. */
export interface OpenStore extends Store, Records {
  /**
   * Forgets raw measurements of releases older than the newest `keepReleases` of each rollout (the present one counts),
   * unless they are less than a day old at `now` (epoch milliseconds). Journal, verdicts and status stay.
   * Returns how many measurements went.
   */
  prune(now: number, keepReleases: number): Promise<number>;
}

/** How a kept document becomes a Spec. Throws DOCUMENT_INVALID. */
export type Parse = (name: string, document: unknown) => Spec;

/** What every store is opened with. */
export interface StoreDeps {
  readonly parse: Parse;
  /**
   * Names of the notifiers in a document. Their positions in the journal are made in the transaction that puts the
   * document, so that nothing that follows can be missed and nothing older is told to them. Left out: none.
   */
  readonly notified?: (name: string, document: unknown) => readonly string[];
}

/** No single read returns more rows than this, whatever is asked: go on with `after`. */
export const PAGE = 10_000;

/** A limit as asked, within 0..PAGE. */
export function bounded(limit: number): number {
  return Number.isFinite(limit) ? Math.max(0, Math.min(PAGE, Math.trunc(limit))) : PAGE;
}

/** Fresh measurements outlive `keepReleases`: someone may still be asking why. */
export const PRUNE_GRACE_MS = 86_400_000;

export const noSuchRollout = (name: string) => new SerinError("NOT_FOUND", `there is no rollout named ${name}`);

/** Specs by rollout, parsed again only when the document's text has changed. */
export class Specs {
  readonly #parse: Parse;
  readonly #known = new Map<string, { readonly text: string; readonly spec: Spec }>();

  constructor(parse: Parse) {
    this.#parse = parse;
  }

  of(name: string, text: string): Spec {
    const known = this.#known.get(name);
    if (known?.text === text) return known.spec;
    const spec = this.#parse(name, decode(text, `the document of ${name}`));
    this.#known.set(name, { text, spec });
    return spec;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}

/**
 * Who wants to know of changes. Each is called in a microtask of its own: what a listener throws is its own failure
 * and never makes an acknowledged commit look failed.
 */
export class Listeners {
  readonly #callbacks = new Set<{ readonly call: (name: string) => void }>();

  add(call: (name: string) => void): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => void this.#callbacks.delete(entry);
  }

  tell(name: string): void {
    for (const entry of this.#callbacks) {
      queueMicrotask(() => {
        if (this.#callbacks.has(entry)) entry.call(name);
      });
    }
  }

  clear(): void {
    this.#callbacks.clear();
  }
}
