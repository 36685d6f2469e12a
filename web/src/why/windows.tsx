/** The raw windows before a decision, as they were folded: for whoever counts after us. */
import { useQuery } from "@tanstack/react-query";
import type { MeasurementList } from "../../../src/http/wire.ts";
import { ask } from "../api/client.ts";
import { Section } from "../ui/section.tsx";
import { Loading, Problem } from "../ui/states.tsx";
import { whole } from "../words/numbers.ts";
import { clockOf } from "../words/time.ts";

interface Props {
  readonly name: string;
  readonly release: number;
  readonly version: number;
  readonly at: number;
}

/** Commits that are looked back. */
const BACK = 30;

type Measured = MeasurementList["measurements"][number];

export function Windows({ name, release, version }: Props) {
  const { data, error, isPending } = useQuery({
    queryKey: ["windows", name, release, version],
    queryFn: () =>
      ask<MeasurementList>(
        `/rollouts/${name}/measurements?release=${release}&after=${Math.max(0, version - BACK)}&limit=200`,
      ),
  });
  if (isPending) return <Loading what="windows" />;
  if (data === undefined) return <Problem error={error} />;
  const rows = data.measurements.filter((one) => one.version <= version).toReversed();
  return (
    <Section title="What was measured before">
      <div
        className="max-h-96 overflow-auto rounded-xl border border-line bg-surface"
        tabIndex={0}
        role="region"
        aria-label="Measured windows"
      >
        <table className="w-full min-w-[40rem] text-[13px]">
          <thead className="sticky top-0 bg-sunken text-left text-soft">
            <tr>
              {["Window", "Gate", "Stable", "Canary", "Plan"].map((head) => (
                <th key={head} scope="col" className="px-3 py-2 font-normal">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.version} ${row.gate}`} measured={row} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Row({ measured: { gate, measurement } }: { measured: Measured }) {
  const { from, to } = measurement.window;
  const [stable, canary, plan] = cells(measurement);
  return (
    <tr className="border-t border-line">
      <td className="px-3 py-1.5 font-mono">
        {clockOf(from)} + {((to - from) / 1000).toFixed(2)} s
      </td>
      <td className="px-3 py-1.5">{gate}</td>
      <td className="px-3 py-1.5">{stable}</td>
      <td className="px-3 py-1.5">{canary}</td>
      <td className="px-3 py-1.5">{plan}</td>
    </tr>
  );
}

function cells(measurement: Measured["measurement"]): [string, string, string] {
  switch (measurement.kind) {
    case "counts": {
      const sum = (arm: "stable" | "canary") =>
        measurement.ticks.reduce((a, tick) => ({ n: a.n + tick[arm].n, bad: a.bad + tick[arm].bad }), { n: 0, bad: 0 });
      const said = ({ n, bad }: { n: number; bad: number }) => `${whole(bad)} bad of ${whole(n)}`;
      return [said(sum("stable")), said(sum("canary")), plans(measurement.ticks)];
    }
    case "histogram": {
      const sum = (arm: "stable" | "canary") =>
        measurement.ticks.reduce((n, tick) => n + tick[arm].done.reduce((m, [, count]) => m + count, 0), 0);
      return [`${whole(sum("stable"))} answers`, `${whole(sum("canary"))} answers`, plans(measurement.ticks)];
    }
    case "mean": {
      const sum = (arm: "stable" | "canary") =>
        measurement.ticks.reduce((n, tick) => n + tick[arm].spread.reduce((all, [, weight]) => all + weight, 0), 0);
      // a value's weight is 1,024
      const said = (arm: "stable" | "canary") => `${whole(Math.round(sum(arm) / 1024))} amounts`;
      return [said("stable"), said("canary"), plans(measurement.ticks)];
    }
    case "value":
      return ["", String(measurement.value), ""];
    case "values": {
      const said = (arm: "stable" | "canary") =>
        Object.entries(measurement[arm])
          .map(([name, value]) => `${name} ${value === null ? "–" : value}`)
          .join(", ");
      return [said("stable"), said("canary"), ""];
    }
    case "noData":
    case "error":
      return [measurement.reason, "", ""];
    default:
      return unknown(measurement);
  }
}

/** A kind that is newer than this page: how much there was, where it can be seen. */
function unknown(measurement: object): [string, string, string] {
  const { kind, ticks } = measurement as {
    readonly kind: string;
    readonly ticks?: readonly { readonly plan: number }[];
  };
  return [kind, "", Array.isArray(ticks) ? plans(ticks) : ""];
}

const plans = (ticks: readonly { readonly plan: number }[]) => [...new Set(ticks.map(({ plan }) => plan))].join(", ");
