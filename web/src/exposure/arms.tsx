/** What each arm met: beside each other on a wide screen, below each other on a telephone, where five columns would hide three. */
import type { Overview } from "../../../src/http/wire-pages.ts";
import { Card } from "../ui/section.tsx";
import { percent, whole } from "../words/numbers.ts";

type Live = NonNullable<Overview["rollout"]["live"]>;

interface Arm {
  readonly arm: "stable" | "canary";
  readonly cells: readonly string[];
}

const heads = ["Revision", "People", "of them met a failure", "Sessions", "Requests", "of them failed"] as const;
/** Told louder than the rest. */
const PEOPLE = heads.indexOf("People");

const part = (n: number, of: number | null) =>
  of === null || of === 0 ? whole(n) : `${whole(n)} (${percent(n / of)})`;

function cells(revision: string, { units, unitsFailed, sessions, requests, failures }: Live["stable"]): string[] {
  return [
    revision,
    units === null ? "not counted" : whole(units),
    unitsFailed === null ? "—" : part(unitsFailed, units),
    sessions === null ? "—" : whole(sessions),
    whole(requests),
    part(failures, requests),
  ];
}

const ink = (arm: Arm["arm"]) => (arm === "canary" ? "text-accent" : "text-stable");

export function Arms({ overview: { rollout } }: { overview: Overview }) {
  const { live } = rollout;
  if (live === null)
    return (
      <Card className="text-soft">The gateway does not say just now who met what; it is asked again and again.</Card>
    );
  const before = rollout.outcome === "promoted" ? (rollout.previousArm?.revision ?? rollout.stable) : rollout.stable;
  const arms: readonly Arm[] = [
    { arm: "stable", cells: cells(before, live.stable) },
    { arm: "canary", cells: cells(rollout.canary ?? "", live.canary) },
  ];
  return (
    <section aria-label="Arms" className="overflow-hidden rounded-xl border border-line bg-surface">
      <Wide arms={arms} />
      <Narrow arms={arms} />
    </section>
  );
}

function Wide({ arms }: { arms: readonly Arm[] }) {
  return (
    <table className="w-full max-md:hidden">
      <thead>
        <tr className="border-b border-line bg-sunken text-left text-[13px] text-soft">
          {["Arm", ...heads].map((head) => (
            <th key={head} scope="col" className="px-4 py-2 font-normal">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {arms.map(({ arm, cells: own }) => (
          <tr key={arm} className="border-b border-line last:border-0">
            <th scope="row" className={`px-4 py-2.5 text-left font-semibold ${ink(arm)}`}>
              {arm}
            </th>
            {heads.map((head, i) => (
              <td key={head} className={`px-4 py-2.5 ${i === PEOPLE ? "font-semibold" : ""}`}>
                {own[i]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Narrow({ arms }: { arms: readonly Arm[] }) {
  return (
    <table className="w-full text-sm md:hidden">
      <thead>
        <tr className="border-b border-line bg-sunken text-left">
          <td className="px-3 py-2" />
          {arms.map(({ arm }) => (
            <th key={arm} scope="col" className={`px-3 py-2 font-semibold ${ink(arm)}`}>
              {arm}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {heads.map((head, i) => (
          <tr key={head} className="border-b border-line last:border-0">
            <th scope="row" className="px-3 py-2 text-left font-normal text-soft">
              {head}
            </th>
            {arms.map(({ arm, cells: own }) => (
              <td key={arm} className={`px-3 py-2 whitespace-nowrap ${i === PEOPLE ? "font-semibold" : ""}`}>
                {own[i]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
