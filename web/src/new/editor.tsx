/** The document as YAML, with its mistakes at their lines. */
import { useRef } from "react";
import type { Lint } from "../../../src/http/wire-pages.ts";
import { Glyph } from "../ui/mark.tsx";

type Problem = Lint["problems"][number];

interface Props {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export function Editor({ text, change, problems, warnings }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n");
  const marked = new Map(problems.map(({ line, message }) => [line, message]));
  const go = ({ line, column }: Problem) => {
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
  };
  return (
    <div>
      <div className="flex overflow-hidden rounded-xl border border-edge bg-surface font-mono text-[13px] leading-[1.55]">
        <div
          ref={gutter}
          aria-hidden="true"
          className="h-[34rem] overflow-hidden bg-sunken py-2 text-right text-faint select-none"
        >
          {lines.map((_line, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines are their numbers
            <div
              key={i}
              title={marked.get(i + 1)}
              className={`px-2 ${marked.has(i + 1) ? "bg-bad-wash font-bold text-bad" : ""}`}
            >
              {i + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label="The document as YAML"
          value={text}
          spellCheck={false}
          wrap="off"
          onChange={({ target }) => change(target.value)}
          onScroll={({ currentTarget }) => gutter.current?.scrollTo(0, currentTarget.scrollTop)}
          className="h-[34rem] min-w-0 flex-1 resize-none bg-transparent px-2 py-2 outline-offset-[-2px]"
        />
      </div>
      <ul className="mt-2 grid gap-1" aria-label="Mistakes" aria-live="polite">
        {[...problems.map((one) => ({ ...one, bad: true })), ...warnings.map((one) => ({ ...one, bad: false }))].map(
          (one) => (
            <li key={`${one.line} ${one.path} ${one.message}`}>
              <button
                type="button"
                onClick={() => go(one)}
                className="flex w-full gap-2 rounded-lg px-2 py-1 text-left text-sm hover:bg-sunken"
              >
                <span className="pt-0.5">
                  <Glyph shape={one.bad ? "cross" : "warn"} tone={one.bad ? "bad" : "wait"} />
                </span>
                <span>
                  <span className="font-mono text-[13px] text-faint">
                    line {one.line}
                    {one.path === "" ? "" : `, ${one.path}`}
                  </span>{" "}
                  {one.message}
                </span>
              </button>
            </li>
          ),
        )}
      </ul>
    </div>
  );
}
