/** The gates, the dangerous first: as tiles to look at, or as a table to compare. */
import { useState } from "react";
import type { Overview, Series } from "../../../src/http/wire-pages.ts";
import { Section } from "../ui/section.tsx";
import { GateTable } from "./table.tsx";
import { GateTile } from "./tile.tsx";

const views = ["tiles", "table"] as const;
type View = (typeof views)[number];

interface Props {
  readonly overview: Overview;
  readonly series: Series | null;
}

export function Gates({ overview, series }: Props) {
  const [view, setView] = useState<View>("tiles");
  const { outlooks, rollout, promise } = overview;
  const gates = outlooks.flatMap((outlook) => {
    const gate = rollout.gates.find((one) => one.gate === outlook.gate);
    return gate === undefined
      ? []
      : [{ gate, outlook, series: series?.gates.find((one) => one.gate === outlook.gate) ?? null }];
  });
  return (
    <Section title="Gates" aside={<Switch view={view} choose={setView} />}>
      {view === "table" ? (
        <GateTable gates={gates} />
      ) : (
        <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
          {gates.map(({ gate, outlook, series: own }) => (
            <GateTile
              key={gate.gate}
              gate={gate}
              outlook={outlook}
              series={own}
              at={series?.at ?? []}
              document={rollout.document}
            />
          ))}
        </div>
      )}
      <p className="mt-3 max-w-[90ch] text-[13px] text-soft">{promise}</p>
    </Section>
  );
}

function Switch({ view, choose }: { view: View; choose: (view: View) => void }) {
  return (
    <div role="group" aria-label="Show gates as" className="inline-flex rounded-lg border border-line bg-surface p-0.5">
      {views.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={view === one}
          onClick={() => choose(one)}
          className="min-h-8 rounded-md px-3 text-[13px] text-soft capitalize aria-pressed:bg-sunken aria-pressed:font-semibold aria-pressed:text-ink"
        >
          {one}
        </button>
      ))}
    </div>
  );
}
