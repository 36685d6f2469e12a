/** What a ramp sees: one sentence, what it cannot see, the curve, and each stage in words. */
import type { PlanAnswer } from "../../../src/http/wire-study.ts";
import { Glyph } from "../ui/mark.tsx";
import { Card } from "../ui/section.tsx";
import { percent, whole } from "../words/numbers.ts";
import { span } from "../words/time.ts";
import { Curve } from "./curve.tsx";

type Plan = PlanAnswer["plan"];

export function Answer({ answer: { plan }, stale }: { answer: PlanAnswer; stale: boolean }) {
  const failures = plan.stages[0]?.gates.find(({ kind }) => kind === "failures")?.gate ?? null;
  return (
    <div className={`grid grid-cols-1 gap-4 transition-opacity ${stale ? "opacity-60" : ""}`} aria-busy={stale}>
      <Card>
        <p role="status" className="max-w-[75ch] text-lg leading-snug font-medium sm:text-xl">
          {plan.sentence}
        </p>
        <p className="mt-2 text-sm text-soft">{plan.assumed}</p>
        {plan.warnings.map((warning) => (
          <p key={warning} className="mt-2 flex gap-2 rounded-lg bg-wait-wash p-2.5 text-sm">
            <span className="pt-0.5">
              <Glyph shape="warn" tone="wait" />
            </span>
            {warning}
          </p>
        ))}
      </Card>
      {failures === null ? null : <Curve plan={plan} gate={failures} />}
      <Stages plan={plan} />
    </div>
  );
}

const heads = [
  "Stage",
  "Lasts",
  "People",
  "Gate",
  "Noticed in",
  "of them hurt",
  "Smallest harm it sees",
  "Chance",
] as const;

function Stages({ plan }: { plan: Plan }) {
  return (
    <div
      className="overflow-x-auto rounded-xl border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label="Stage by stage"
    >
      <table className="w-full min-w-[52rem] text-sm">
        <thead>
          <tr className="border-b border-line bg-sunken text-left text-[13px] text-soft">
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 py-2 font-normal">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {plan.stages.flatMap((stage) =>
            stage.gates.map((gate, i) => (
              <Row key={`${stage.stage} ${gate.gate}`} stage={stage} gate={gate} first={i === 0} />
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

type Stage = Plan["stages"][number];

function Row({ stage, gate, first }: { stage: Stage; gate: Stage["gates"][number]; first: boolean }) {
  const { noticed, extra, smallestInWords, chance } = gate;
  const time = (ms: number | null) => (ms === null ? "not in this stage" : span(ms));
  return (
    <tr className={`align-top ${first ? "border-t border-line" : ""}`}>
      <td className="px-3 py-1.5 font-semibold whitespace-nowrap">{first ? stage.label : ""}</td>
      <td className="px-3 py-1.5 whitespace-nowrap">
        {first ? `${stage.wellMs === null ? "" : `${span(stage.wellMs)}, at most `}${span(stage.ms)}` : ""}
      </td>
      <td className="px-3 py-1.5">{first ? whole(stage.units) : ""}</td>
      <td className="px-3 py-1.5">{gate.gate}</td>
      <td className="px-3 py-1.5 whitespace-nowrap">
        {time(noticed.meanMs)}
        {noticed.ms === null ? "" : <span className="text-faint">, 19 of 20 in {span(noticed.ms)}</span>}
      </td>
      <td className="px-3 py-1.5">{extra[0] === null ? "—" : whole(extra[0])}</td>
      <td className="px-3 py-1.5">{smallestInWords}</td>
      <td className="px-3 py-1.5">{chance === null ? "—" : percent(chance)}</td>
    </tr>
  );
}
