/** One value of a document: a line of text, a choice, a yes or no. */
import { useId } from "react";

interface About {
  readonly name: string;
  readonly description: string;
  readonly drop: (() => void) | null;
}

const box = "h-9 w-full min-w-0 rounded-lg border border-edge bg-surface px-2.5 text-sm placeholder:text-faint";

function Frame({ id, name, description, drop, children }: About & { id: string; children: React.ReactNode }) {
  return (
    <div className="grid gap-1 sm:grid-cols-[8.5rem_1fr_auto] sm:items-center sm:gap-3">
      <label htmlFor={id} className="text-sm font-medium">
        {name}
      </label>
      <div className="min-w-0">
        {children}
        {description === "" ? null : (
          <p id={`${id}-about`} className="mt-0.5 text-[12.5px] leading-snug text-faint">
            {description}
          </p>
        )}
      </div>
      {drop === null ? (
        <span />
      ) : (
        <button
          type="button"
          onClick={drop}
          aria-label={`Remove ${name}`}
          className="min-h-7 justify-self-start px-1 text-[13px] text-soft hover:text-bad"
        >
          remove
        </button>
      )}
    </div>
  );
}

export function Line({
  value,
  hint,
  change,
  ...about
}: About & { value: string; hint: string; change: (text: string) => void }) {
  const id = useId();
  return (
    <Frame id={id} {...about}>
      <input
        id={id}
        value={value}
        placeholder={hint}
        aria-describedby={`${id}-about`}
        onChange={({ target }) => change(target.value)}
        className={box}
      />
    </Frame>
  );
}

export function Choice({
  value,
  options,
  change,
  ...about
}: About & { value: string; options: readonly string[]; change: (word: string) => void }) {
  const id = useId();
  return (
    <Frame id={id} {...about}>
      <select
        id={id}
        value={value}
        aria-describedby={`${id}-about`}
        onChange={({ target }) => change(target.value)}
        className={box}
      >
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </Frame>
  );
}

export function Flag({ value, change, ...about }: About & { value: boolean; change: (on: boolean) => void }) {
  const id = useId();
  return (
    <Frame id={id} {...about}>
      <input
        id={id}
        type="checkbox"
        checked={value}
        aria-describedby={`${id}-about`}
        onChange={({ target }) => change(target.checked)}
        className="size-5 accent-accent"
      />
    </Frame>
  );
}

/** One entry of a list of short ones. */
export function Entry({
  name,
  value,
  change,
  drop,
}: Omit<About, "description"> & { value: string; change: (text: string) => void }) {
  return (
    <span className="inline-flex items-center">
      <input
        aria-label={name}
        value={value}
        size={Math.max(4, value.length)}
        onChange={({ target }) => change(target.value)}
        className="h-9 rounded-lg border border-edge bg-surface px-2.5 text-sm"
      />
      {drop === null ? null : (
        <button type="button" onClick={drop} aria-label={`Remove ${name}`} className="size-7 text-soft hover:text-bad">
          ×
        </button>
      )}
    </span>
  );
}
