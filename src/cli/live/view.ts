/** The live picture as an Ink component: drawn again when something is seen, every second, and when the terminal changes. */
import { Text, useWindowSize } from "ink";
import { createElement, useEffect, useReducer, useSyncExternalStore, type FunctionComponent } from "react";
import type { Look } from "../picture/bars.ts";
import { picture, type Scene } from "../picture/index.ts";

/** What is to be drawn, and who wants to know when that changes. */
export interface Showing {
  readonly subscribe: (changed: () => void) => () => void;
  /** null: nothing has been seen so far. */
  readonly scene: () => Omit<Scene, "now"> | null;
}

export interface Props {
  readonly showing: Showing;
  readonly look: Omit<Look, "width">;
  readonly now: () => number;
}

const TICK_MS = 1000;

export const View: FunctionComponent<Props> = ({ showing, look, now }) => {
  const scene = useSyncExternalStore(showing.subscribe, showing.scene);
  const { columns, rows } = useWindowSize();
  const [, tick] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, []);
  if (scene === null) return null;
  // A picture as high as the terminal would scroll at every change, one as wide might wrap.
  const lines = picture({ ...scene, now: now() }, { ...look, width: Math.max(20, columns - 1) }, Math.max(3, rows - 1));
  return createElement(Text, { wrap: "truncate-end" }, lines.join("\n"));
};
