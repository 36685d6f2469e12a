/** The gates beside each other, for whoever compares numbers. */
import type { GateView } from "../../../src/http/wire.ts";
import type { GateSeries, Outlook } from "../../../src/http/wire-pages.ts";
import { MarkWord } from "../ui/mark.tsx";
import { verdictMark } from "../words/lights.ts";
import { weighs } from "../words/gates.ts";
import { differenceIn, evidence, valueIn, whole } from "../words/numbers.ts";
import { band } from "./tile.tsx";

interface Row {
  readonly gate: GateView;
  readonly outlook: Outlook;
  readonly series: GateSeries | null;
}

const heads = [
  "Gate",
  "Verdict",
  "Stable",
  "Canary",
  "Difference",
  "Not excluded",
  "Harm",
  "Safety",
  "Counted",
] as const;

export function GateTable({ gates }: { gates: readonly Row[] }) {
  return (
    <div
      className="overflow-x-auto rounded-xl border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label="Gates as a table"
    >
      <table className="w-full min-w-[56rem] text-sm">
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
          {gates.map((row) => (
            <GateRow key={row.gate.gate} {...row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GateRow({ gate, outlook: { compared } }: Row) {
  const unit = compared?.unit ?? "number";
  const proves = weighs(gate);
  const of = Math.max(compared?.stable ?? 0, compared?.canary ?? 0);
  return (
    <tr className="border-b border-line align-top last:border-0">
      <th scope="row" className="px-3 py-2 text-left font-semibold">
        {gate.gate}
      </th>
      <td className="px-3 py-2">
        <MarkWord mark={verdictMark(gate)} />
      </td>
      <td className="px-3 py-2">{valueIn(unit, compared?.stable ?? null)}</td>
      <td className="px-3 py-2">{valueIn(unit, compared?.canary ?? null)}</td>
      <td className="px-3 py-2">{differenceIn(unit, compared?.difference ?? null, of)}</td>
      <td className="px-3 py-2 text-soft">
        {compared === null || compared.difference === null ? "—" : band(unit, compared.low, compared.high)}
      </td>
      <td className="px-3 py-2">{proves ? `${evidence(gate.logHarm)} of ${evidence(gate.harmAt)}` : "—"}</td>
      <td className="px-3 py-2">{proves ? `${evidence(gate.logSafe)} of ${evidence(gate.safeAt)}` : "—"}</td>
      <td className="px-3 py-2 text-soft">
        {compared === null ? "—" : `${whole(compared.canaryN)} against ${whole(compared.stableN)}`}
      </td>
    </tr>
  );
}
