/** One gate at the moment of a decision: its sentence, its evidence, and every number behind it. */
import type { Why } from "../../../src/http/wire-pages.ts";
import { EvidenceBar } from "../ui/bars.tsx";
import { MarkWord } from "../ui/mark.tsx";
import { Card } from "../ui/section.tsx";
import { verdictMark } from "../words/lights.ts";
import { weighs } from "../words/gates.ts";
import { rough, whole } from "../words/numbers.ts";

type Gate = NonNullable<Why["decided"]>["gates"][number];

/** stageCanaryN -> "stage canary n" */
const spelt = (name: string) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

const written = (value: number) => (Number.isInteger(value) ? whole(value) : rough(value));

export function GateNumbers({ gate }: { gate: Gate }) {
  return (
    <Card className="grid content-start gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-3">
        <h3 className="font-semibold">{gate.gate}</h3>
        <MarkWord mark={verdictMark(gate)} className="text-sm" />
      </div>
      <p className="text-sm">{gate.sentence}</p>
      {weighs(gate) ? <EvidenceBar {...gate} /> : null}
      <details>
        <summary className="min-h-9 cursor-pointer py-1.5 text-[13px] text-soft">Every number</summary>
        <dl className="grid grid-cols-2 gap-x-6 gap-y-1 text-[13px] sm:grid-cols-3">
          {Object.entries(gate.numbers).map(([name, value]) => (
            <div key={name} className="flex justify-between gap-2 border-b border-line">
              <dt className="text-soft">{spelt(name)}</dt>
              <dd className="font-mono">{written(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Card>
  );
}
