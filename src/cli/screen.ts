/** Where a rollout that is followed is shown: a live picture on a terminal, plain lines elsewhere, nothing with -q. */
import { clean } from "./clean.ts";
import { decided } from "./exit.ts";
import type { Seen } from "./follow.ts";
import type { Output } from "./output.ts";
import { stamp } from "./output.ts";
import type { Shell } from "./shell.ts";
import { tones } from "./paint.ts";

export interface Screen {
  /** Whether it shows the rollout's sentence all the time, so that nobody need say it again. */
  readonly live: boolean;
  show(seen: Seen): void;
  /** Something to say that is not about the rollout. */
  note(text: string): void;
  /** Leaves what is seen as it is. */
  close(): Promise<void>;
}

/** The screen that fits. `name` is the rollout's. */
export async function openScreen(shell: Shell, out: Output, name: string): Promise<Screen> {
  const live = shell.stdout.isTTY && shell.env["TERM"] !== "dumb" && out.format === null && !out.quiet;
  if (!live) return plainScreen(out, name);
  const { liveScreen } = await import("./live/index.ts");
  return liveScreen(shell, out);
}

/** How it stands at first, then one line an event. */
export function plainScreen(out: Output, name: string): Screen {
  let [known, lost] = [false, false];
  return {
    live: false,
    show(seen) {
      if ("lost" in seen) {
        out.note(`${name}: ${clean(seen.lost.message)}; trying again`);
        lost = true;
        return;
      }
      if (lost) out.note(`${name}: the server answers again`);
      lost = false;
      for (const { at, sentence, severity } of seen.events) {
        out.note(`${out.paint("dim", stamp(at))}  ${out.paint(tones[severity], clean(sentence))}`);
      }
      if (!known && seen.events.length === 0 && !decided(seen.view)) out.note(`${name}: ${clean(seen.view.sentence)}`);
      known = true;
    },
    note: (text) => out.note(text),
    async close() {},
  };
}
