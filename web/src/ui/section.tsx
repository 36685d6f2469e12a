/** A part of a page with its title. */
import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  /** What stands at the far end of the title's line. */
  readonly aside?: ReactNode;
  /** Stays in sight beside something longer. */
  readonly sticky?: boolean;
  readonly children: ReactNode;
}

export function Section({ title, aside = null, sticky = false, children }: Props) {
  return (
    <section aria-label={title} className={`min-w-0 ${sticky ? "xl:sticky xl:top-4 xl:self-start" : ""}`}>
      <div className="mb-2 flex min-h-9 flex-wrap items-center justify-between gap-3">
        <h2 className="text-base font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export function Card({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <div className={`rounded-xl border border-line bg-surface p-4 ${className}`}>{children}</div>;
}
