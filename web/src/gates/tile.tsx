/** One gate: what it compares, how certain that is by now, and what is missing. */
import type { GateView } from "../../../src/http/wire.ts";
import type { Compared, GateSeries, Outlook } from "../../../src/http/wire-pages.ts";
import { EvidenceBar } from "../ui/bars.tsx";
import { MarkWord } from "../ui/mark.tsx";
import { Card } from "../ui/section.tsx";
import { verdictMark } from "../words/lights.ts";
import { weighs } from "../words/gates.ts";
import { differenceIn, valueIn, whole } from "../words/numbers.ts";
import { DifferenceChart } from "./difference-chart.tsx";
import { Query } from "./query.tsx";

interface Props {
  readonly gate: GateView;
  readonly outlook: Outlook;
  readonly series: GateSeries | null;
  readonly at: readonly number[];
  readonly document: unknown;
}

export function GateTile({ gate, outlook, series, at, document }: Props) {
  const { compared } = outlook;
  return (
    <Card className="grid content-start gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h3 className="font-semibold">
          {gate.gate} <span className="text-[13px] font-normal text-faint">{gate.kind}</span>
        </h3>
        <MarkWord mark={verdictMark(gate)} className="text-sm" />
      </div>
      {gate.reason === "" ? null : <p className="text-sm text-soft">{gate.reason.replace(/\.?$/, ".")}</p>}
      {compared === null ? null : <Values compared={compared} threshold={gate.kind === "threshold"} />}
      {weighs(gate) ? <EvidenceBar {...gate} /> : null}
      {series === null ? null : <DifferenceChart series={series} at={at} name={gate.gate} />}
      <p className="text-[13px] text-soft">{outlook.missing}</p>
      <Query gate={gate.gate} document={document} />
    </Card>
  );
}

function Values({ compared, threshold }: { compared: Compared; threshold: boolean }) {
  const { unit, stable, canary, difference, low, high, about, stableN, canaryN } = compared;
  return (
    <div>
      <p className="mb-1 text-[13px] text-faint">{about}</p>
      <dl className="grid grid-cols-3 gap-3">
        <Value
          title="stable"
          value={valueIn(unit, stable)}
          note={stableN > 0 ? `of ${whole(stableN)}` : ""}
          tone="text-stable"
        />
        <Value
          title="canary"
          value={valueIn(unit, canary)}
          note={canaryN > 0 ? `of ${whole(canaryN)}` : ""}
          tone="text-accent"
        />
        {threshold ? (
          <Value title="allowed" value={allowed(compared)} note="" tone="" />
        ) : (
          <Value
            title="difference"
            value={differenceIn(unit, difference, Math.max(stable ?? 0, canary ?? 0))}
            note={band(unit, low, high)}
            tone=""
          />
        )}
      </dl>
    </div>
  );
}

/** "−0.2 to +0.5 points": what is not excluded. */
export function band(unit: Compared["unit"], low: number | null, high: number | null): string {
  if (low === null && high === null) return "nothing excluded yet";
  if (high === null) return `at least ${differenceIn(unit, low)}`;
  if (low === null) return `at most ${differenceIn(unit, high)}`;
  return `${differenceIn(unit, low).replace(/ points?$/, "")} to ${differenceIn(unit, high)}`;
}

function allowed({ unit, low, high }: Compared): string {
  if (low !== null && high !== null) return `${valueIn(unit, low)} to ${valueIn(unit, high)}`;
  return high === null ? `from ${valueIn(unit, low)}` : `up to ${valueIn(unit, high)}`;
}

function Value({ title, value, note, tone }: { title: string; value: string; note: string; tone: string }) {
  return (
    <div className="min-w-0">
      <dt className={`text-[13px] ${tone === "" ? "text-soft" : tone}`}>{title}</dt>
      <dd className="text-lg leading-tight font-semibold">{value}</dd>
      <dd className="text-[12.5px] text-faint">{note}</dd>
    </div>
  );
}
