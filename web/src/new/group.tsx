/** Fields that belong together, and the words with which more are added. */

import type { JsonSchema } from "./schema.ts";

export function Absent({
  absent,
  add,
}: {
  absent: readonly (readonly [string, JsonSchema])[];
  add: (key: string, schema: JsonSchema) => void;
}) {
  if (absent.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-1.5">
      {absent.map(([key, schema]) => (
        <Add key={key} word={key} about={schema.description} add={() => add(key, schema)} />
      ))}
    </div>
  );
}

export function Add({ word, about, add }: { word: string; about?: string | undefined; add: () => void }) {
  return (
    <button
      type="button"
      title={about}
      onClick={add}
      className="min-h-7 justify-self-start rounded-full border border-dashed border-edge px-2.5 text-[13px] text-soft hover:border-ink hover:text-ink"
    >
      + {word}
    </button>
  );
}

interface FrameProps {
  readonly name: string;
  readonly description: string;
  readonly drop: (() => void) | null;
  readonly top: boolean;
  readonly children: React.ReactNode;
}

export function Group({ name, description, drop, top, children }: FrameProps) {
  return (
    <fieldset className={`grid min-w-0 gap-3 ${top ? "" : "border-l-2 border-line pl-3"}`}>
      <legend className={`flex w-full items-baseline gap-x-2 max-sm:flex-wrap ${top ? "" : "-ml-3 pl-3"}`}>
        <span className="font-semibold">{name}</span>
        <span className="text-[13px] font-normal text-faint max-sm:order-last max-sm:w-full">{description}</span>
        {drop === null ? null : (
          <button
            type="button"
            onClick={drop}
            aria-label={`Remove ${name}`}
            className="ml-auto min-h-7 px-1 text-[13px] text-soft hover:text-bad"
          >
            remove
          </button>
        )}
      </legend>
      {children}
    </fieldset>
  );
}
