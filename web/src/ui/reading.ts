/** What a chart is made of, and what its lines say under the pointer. */
import type uPlot from "uplot";
import { clockOf } from "../words/time.ts";

export type Look = "main" | "stable" | "limit" | "bandTop" | "bandBottom" | "harm" | "safe";

export interface Line {
  readonly name: string;
  /** Null: a gap. Undefined: no point of this line, which goes on. */
  readonly values: readonly (number | null | undefined)[];
  readonly look: Look;
}

/** What is told of a chart, and how. */
export interface Told {
  /** Epoch milliseconds, ascending. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
}

/** What the lines say under the pointer, in words. */
export function reading(latest: { readonly current: Told }): uPlot.Plugin {
  const box = document.createElement("div");
  box.className =
    "pointer-events-none absolute top-1 right-1 z-10 hidden rounded-md border border-line bg-surface px-2 py-1 text-[12px] leading-snug shadow";
  return {
    hooks: {
      init: ({ over }) => over.append(box),
      setCursor: ({ cursor: { idx } }) => {
        box.classList.toggle("hidden", idx === null || idx === undefined);
        if (idx === null || idx === undefined) return;
        const { at, lines, format } = latest.current;
        const known = lines.filter(({ values }) => values[idx] !== null && values[idx] !== undefined);
        box.replaceChildren(
          ...[clockOf(at[idx]), ...known.map(({ name, values }) => `${name} ${format(values[idx] ?? 0)}`)].map(
            (text) => {
              const row = document.createElement("div");
              row.textContent = text;
              return row;
            },
          ),
        );
      },
    },
  };
}
