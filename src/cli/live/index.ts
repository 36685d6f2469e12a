/** The live screen: loaded only where a terminal shows it, since Ink takes longer to load than everything else here. */
import { render } from "ink";
import { createElement } from "react";
import type { EventView } from "../../http/wire.ts";
import { clean } from "../clean.ts";
import type { Output } from "../output.ts";
import type { Scene } from "../picture/index.ts";
import type { Screen } from "../screen.ts";
import type { Shell } from "../shell.ts";
import { View, type Showing } from "./view.ts";

/** Events that are kept to be shown. */
const KEPT = 20;
/** Pictures a second at most. */
const MAX_FPS = 10;

export function liveScreen(shell: Shell, out: Output): Screen {
  const shown = new Shown(() => shell.now());
  const app = createElement(View, {
    showing: shown,
    look: { glyphs: out.glyphs, paint: out.paint },
    now: () => shell.now(),
  });
  const steady = clearOnShrink(shell.stdout.stream);
  const ink = render(app, {
    stdout: shell.stdout.stream,
    stderr: shell.stderr.stream,
    interactive: true, // whoever opens this screen has looked: CI may well have a terminal
    exitOnCtrlC: false, // interrupts come as signals
    patchConsole: false,
    maxFps: MAX_FPS,
  });
  return {
    live: true,
    show: (seen) => shown.take(seen),
    note: (text) => shown.note(clean(text)),
    async close() {
      await ink.waitUntilRenderFlush();
      ink.unmount();
      await ink.waitUntilExit();
      ink.cleanup();
      steady();
    },
  };
}

/** What a terminal does to lines that no longer fit, nobody knows: it begins with an empty one then. */
function clearOnShrink(
  stream: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number },
): () => void {
  let { columns = 0, rows = 0 } = stream;
  const resized = () => {
    const shrunk = (stream.columns ?? 0) < columns || (stream.rows ?? 0) < rows;
    ({ columns = 0, rows = 0 } = stream);
    if (shrunk) stream.write(HOME_AND_ERASE);
  };
  stream.on("resize", resized);
  return () => void stream.off("resize", resized);
}

const HOME_AND_ERASE = "\u001b[H\u001b[J";

type Kept = Omit<Scene, "now">;

class Shown implements Showing {
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #scene: Kept | null = null;
  #events: readonly EventView[] = [];
  #notes: readonly string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  };

  readonly scene = (): Kept | null => this.#scene;

  take(seen: Parameters<Screen["show"]>[0]): void {
    if ("lost" in seen) return this.#change({ lostAt: this.#now() });
    this.#events = [...this.#events, ...seen.events].slice(-KEPT);
    this.#scene = { view: seen.view, events: this.#events, notes: this.#notes, lostAt: null };
    this.#tell();
  }

  note(text: string): void {
    this.#notes = [...this.#notes, text].slice(-KEPT);
    this.#change({ notes: this.#notes });
  }

  #change(change: Partial<Kept>): void {
    if (this.#scene === null) return;
    this.#scene = { ...this.#scene, ...change };
    this.#tell();
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}
