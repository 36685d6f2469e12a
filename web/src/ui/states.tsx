/** What a screen shows when it has nothing to show: still loading, nothing there, not to be had. */
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import { Command } from "./copy.tsx";
import { Glyph } from "./mark.tsx";

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="flex items-center gap-2 py-10 text-soft">
      <span className="size-4 animate-spin rounded-full border-2 border-line border-t-accent" aria-hidden="true" />
      Loading {what} …
    </p>
  );
}

export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError && error.status === 0 ? " It is asked again as soon as it does." : "";
  return (
    <div role="alert" className="my-4 flex flex-wrap items-center gap-3 rounded-xl border border-bad bg-bad-wash p-4">
      <Glyph shape="warn" tone="bad" size={20} />
      <p className="min-w-0 flex-1">
        {message}.{hint}
      </p>
      {retry === undefined ? null : <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** The exact command that changes it. */
  readonly commands?: readonly string[];
}

export function Empty({ title, children, commands = [] }: EmptyProps) {
  return (
    <div className="mx-auto my-8 max-w-xl rounded-2xl border border-dashed border-edge p-6">
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="mt-1 text-soft">{children}</div>
      {commands.length === 0 ? null : (
        <div className="mt-4 grid grid-cols-1 gap-2">
          {commands.map((text) => (
            <Command key={text} text={text} />
          ))}
        </div>
      )}
    </div>
  );
}
