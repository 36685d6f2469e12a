/** How many each arm has met by when: people, sessions or requests. */
import { useState } from "react";
import type { ReleaseExposure } from "../../../src/http/wire-exposure.ts";
import { Chart } from "../ui/chart.tsx";
import { Card, Section } from "../ui/section.tsx";
import { brief } from "../words/numbers.ts";

type Points = NonNullable<ReleaseExposure["points"]>;
type View = keyof Points["stable"];

const views: readonly (readonly [view: View, word: string])[] = [
  ["units", "people"],
  ["sessions", "sessions"],
  ["requests", "requests"],
];

/** Fewer points are no picture. */
const FEW = 4;

export function Growth({ points }: { points: Points | undefined }) {
  const [chosen, choose] = useState<View>("units");
  if (points === undefined || points.at.length < FEW) return null;
  const known = views.filter(([view]) => points.canary[view].some((n) => n !== null));
  const [view, word] = known.find(([one]) => one === chosen) ?? known[0];
  const most = Math.max(1, ...[...points.stable[view], ...points.canary[view]].map((n) => n ?? 0));
  const lines = [
    { name: "stable", values: points.stable[view], look: "stable" },
    { name: "canary", values: points.canary[view], look: "main" },
  ] as const;
  return (
    <Section title="Met so far" aside={known.length > 1 ? <Switch views={known} view={view} choose={choose} /> : null}>
      <Card>
        <Chart
          label={`How many ${word} each arm has met by when`}
          at={points.at}
          lines={lines}
          range={[0, most * 1.05]}
          format={(n) => brief(Math.max(0, n))}
          height={180}
        />
      </Card>
    </Section>
  );
}

interface SwitchProps {
  readonly views: typeof views;
  readonly view: View;
  readonly choose: (view: View) => void;
}

function Switch({ views: all, view, choose }: SwitchProps) {
  return (
    <div role="group" aria-label="Show" className="inline-flex rounded-lg border border-line bg-surface p-0.5">
      {all.map(([one, word]) => (
        <button
          key={one}
          type="button"
          aria-pressed={view === one}
          onClick={() => choose(one)}
          className="min-h-8 rounded-md px-3 text-[13px] text-soft capitalize aria-pressed:bg-sunken aria-pressed:font-semibold aria-pressed:text-ink"
        >
          {word}
        </button>
      ))}
    </div>
  );
}
