/**
 * Waiting for the journal to grow. One listener at the store serves everybody who waits; a look in between catches what
 * another process commits to the same database.
 */
import type { Records } from "../engine/ports.ts";

export class Changes {
  readonly #records: Pick<Records, "onChange" | "lastSeq">;
  readonly #waiting = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #count = 0;
  #end: Promise<number> | null = null;

  constructor(records: Pick<Records, "onChange" | "lastSeq">) {
    this.#records = records;
    this.#unsubscribe = records.onChange(() => {
      this.#count += 1;
      this.#end = null;
      this.#wakeAll();
    });
  }

  /** A mark to take *before* looking: a change after it is never slept through. */
  mark(): number {
    return this.#count;
  }

  /** The journal's end: asked once for everybody after each change, for most changes add nothing to the journal. */
  end(): Promise<number> {
    if (this.#end !== null) return this.#end;
    const asked = this.#records.lastSeq();
    this.#end = asked;
    asked.catch(() => {
      if (this.#end === asked) this.#end = null;
    });
    return asked;
  }

  /** Resolves at the first change after `mark`, after `ms` milliseconds, or when `signal` aborts; whichever is first. */
  async after(mark: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== mark || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#end = null;
        wake();
      }, ms);
      signal.addEventListener("abort", wake);
      this.#waiting.add(wake);
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}
