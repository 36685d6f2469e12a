/** How far a long piece of work is: a bar on a terminal that goes when it is done, nothing elsewhere. */
import type { Output } from "./output.ts";
import { bar } from "./picture/bars.ts";
import { span } from "./picture/numbers.ts";
import type { Shell } from "./shell.ts";

export interface Work {
  done(count: number): void;
  close(): void;
}

const EVERY_MS = 100;
const BAR = 24;

export function progressOf(shell: Shell, out: Output, all: number, what: string): Work {
  if (!shell.stderr.isTTY || out.quiet || shell.env["TERM"] === "dumb") return { done: () => {}, close: () => {} };
  const began = shell.now();
  let shown = -Infinity;
  return {
    done(count) {
      const now = shell.now();
      if (now - shown < EVERY_MS && count < all) return;
      shown = now;
      const left = count === 0 ? "" : `, ${span(((now - began) * (all - count)) / count)} left`;
      const words = `${count.toLocaleString("en")} of ${all.toLocaleString("en")} ${what}${left}`;
      shell.stderr.write(`\r${bar(count / all, BAR, "accent", out)}  ${words}\u001b[K`);
    },
    close: () => shell.stderr.write("\r\u001b[K"),
  };
}
