/** What may end waiting before its time: an interrupt, a deadline, nobody who reads any more. */
import type { Shell } from "./shell.ts";

export type Ending = "interrupted" | "late" | "gone";

export interface Ends {
  readonly signal: AbortSignal;
  /** What ended it; null while nothing has. */
  readonly why: Ending | null;
  /** Stops listening. */
  close(): void;
}

export interface Limits {
  readonly timeoutMs?: number | null;
  /** Whether it is of use only while somebody reads the output. */
  readonly forReaders?: boolean;
}

export function endsOf(shell: Shell, { timeoutMs = null, forReaders = false }: Limits): Ends {
  const ending = new AbortController();
  let why: Ending | null = null;
  const end = (cause: Ending) => {
    why ??= ending.signal.aborted ? null : cause;
    ending.abort();
  };
  const deaf = shell.onInterrupt(() => end("interrupted"));
  const { gone } = shell.stdout;
  if (forReaders) {
    if (gone.aborted) end("gone");
    else gone.addEventListener("abort", () => end("gone"), { once: true });
  }
  if (timeoutMs !== null) void shell.sleep(timeoutMs, ending.signal).then(() => end("late"));
  return {
    signal: ending.signal,
    get why() {
      return why;
    },
    close() {
      deaf();
      ending.abort();
    },
  };
}
