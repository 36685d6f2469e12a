/** What came in each moment, on either arm, and all of it as a table. */
import type { Series } from "../../../src/http/wire-pages.ts";
import { Button } from "../ui/button.tsx";
import { Chart } from "../ui/chart.tsx";
import { Card, Section } from "../ui/section.tsx";
import { brief } from "../words/numbers.ts";
import { seriesCsv } from "./csv.ts";

export function Traffic({ name, series }: { name: string; series: Series }) {
  const counted = series.gates.find(({ stableN }) => stableN.some((n) => n > 0));
  if (counted === undefined || series.at.length < 4) return null;
  // The first and the last point are not whole, and their rates would look like a fall.
  const perSecond = (all: readonly number[]) => all.slice(1, -1).map((n) => (n * 1000) / series.stepMs);
  const lines = [
    { name: "stable", values: perSecond(counted.stableN), look: "stable" },
    { name: "canary", values: perSecond(counted.canaryN), look: "main" },
  ] as const;
  return (
    <Section title="Traffic of each arm" aside={<Export name={name} series={series} />}>
      <Card>
        <Chart
          label="Traffic of each arm over time"
          at={series.at.slice(1, -1)}
          lines={lines}
          format={(n) => `${brief(Math.max(0, n))}/s`}
          height={180}
        />
      </Card>
    </Section>
  );
}

function Export({ name, series }: { name: string; series: Series }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([seriesCsv(series)], { type: "text/csv" }));
    Object.assign(document.createElement("a"), {
      href: url,
      download: `${name}-release-${series.release}-traffic.csv`,
    }).click();
    URL.revokeObjectURL(url);
  };
  return <Button onClick={save}>Export the traffic as CSV</Button>;
}
