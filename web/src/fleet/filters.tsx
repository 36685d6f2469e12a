/** Search and groups, with how many there are of each; the address keeps them. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isTyping } from "../ui/typing.ts";
import { groupNames, groups, type FleetSearch, type Group } from "./filter.ts";

interface Props {
  readonly counts: Readonly<Record<Group, number>>;
  readonly search: FleetSearch;
}

export function Filters({ counts, search }: Props) {
  const navigate = useNavigate({ from: "/" });
  const field = useSlash();
  const change = (next: FleetSearch) => void navigate({ search: next, replace: true });
  const { q = "", show = "all" } = search;
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <label className="relative w-full sm:w-72">
        <span className="sr-only">Search services</span>
        <input
          ref={field}
          type="search"
          value={q}
          placeholder="Name, revision or step"
          onChange={({ target }) => change({ ...search, q: target.value === "" ? undefined : target.value })}
          onKeyDown={(event) => (event.key === "Escape" ? event.currentTarget.blur() : undefined)}
          className="h-10 w-full rounded-lg border border-edge bg-surface px-3 pr-9 placeholder:text-faint"
        />
        <kbd
          className="pointer-events-none absolute top-2.5 right-3 rounded border border-edge px-1.5 font-mono text-[12px] text-faint"
          aria-hidden="true"
        >
          /
        </kbd>
      </label>
      <div role="group" aria-label="Show" className="flex flex-wrap gap-1.5">
        {groupNames.map((group) => (
          <button
            key={group}
            type="button"
            aria-pressed={show === group}
            onClick={() => change({ ...search, show: group === "all" ? undefined : group })}
            className="min-h-9 rounded-full border border-line bg-surface px-3 text-sm text-soft hover:border-edge aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-ground"
          >
            {groups[group].label} <span className="tabular-nums opacity-80">{counts[group]}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function useSlash() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      field.current?.select();
      field.current?.focus();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return field;
}
