/** What a backtest found: the sentences first, then release by release, then the false alarms. */
import type { BacktestAnswer } from "../../../src/http/wire-pages.ts";
import { MarkWord } from "../ui/mark.tsx";
import { Card } from "../ui/section.tsx";
import { outcomeMark, type Mark } from "../words/lights.ts";
import { share, whole } from "../words/numbers.ts";
import { span } from "../words/time.ts";

const taken: Mark = { shape: "cross", tone: "bad", word: "taken back" };
const left: Mark = { shape: "check", tone: "good", word: "left alone" };

export function Found({
  found: { sentences, releases, quiet, skipped },
  stale,
}: {
  found: BacktestAnswer;
  stale: boolean;
}) {
  return (
    <div className={`grid grid-cols-1 gap-4 ${stale ? "opacity-60" : ""}`} aria-busy={stale}>
      <Card>
        {sentences.map((sentence) => (
          <p key={sentence} role="status" className="mb-2 max-w-[70ch] text-lg leading-snug font-medium last:mb-0">
            {sentence}
          </p>
        ))}
      </Card>
      {releases.length === 0 ? null : <Releases releases={releases} />}
      {quiet.length === 0 ? null : <Quiet quiet={quiet} />}
      {skipped.map(({ name, why }) => (
        <p key={name} className="text-sm text-soft">
          {name} was left out: {why}.
        </p>
      ))}
    </div>
  );
}

function Rows({ heads, label, children }: { heads: readonly string[]; label: string; children: React.ReactNode }) {
  return (
    <div
      className="overflow-x-auto rounded-xl border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table className="w-full min-w-[34rem] text-sm">
        <thead>
          <tr className="border-b border-line bg-sunken text-left text-[13px] text-soft">
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 py-2 font-normal">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Releases({ releases }: Pick<BacktestAnswer, "releases">) {
  return (
    <Rows heads={["Release", "How it ended", "With these gates", "After", "At", "By"]} label="Past releases">
      {releases.map(({ name, ended, rolledBack, tookMs, weight, guilty }) => (
        <tr key={name} className="border-t border-line">
          <th scope="row" className="px-3 py-2 text-left font-semibold">
            {name}
          </th>
          <td className="px-3 py-2">{ended === null ? "under way" : <MarkWord mark={outcomeMark(ended)} />}</td>
          <td className="px-3 py-2">
            <MarkWord mark={rolledBack ? taken : left} />
          </td>
          <td className="px-3 py-2">{tookMs === null ? "—" : span(tookMs)}</td>
          <td className="px-3 py-2">{rolledBack ? share(weight) : "—"}</td>
          <td className="px-3 py-2">{guilty.join(", ") || "—"}</td>
        </tr>
      ))}
    </Rows>
  );
}

function Quiet({ quiet }: Pick<BacktestAnswer, "quiet">) {
  return (
    <Rows heads={["Stable against itself", "Played", "Taken back falsely", "Promoted"]} label="False alarms">
      {quiet.map(({ name, from, plays, rolledBack, promoted }) => (
        <tr key={`${name} ${from}`} className="border-t border-line">
          <th scope="row" className="px-3 py-2 text-left font-semibold">
            {name}
          </th>
          <td className="px-3 py-2">{whole(plays)}</td>
          <td className={`px-3 py-2 ${rolledBack > 0 ? "font-semibold text-bad" : ""}`}>{whole(rolledBack)}</td>
          <td className="px-3 py-2">{whole(promoted)}</td>
        </tr>
      ))}
    </Rows>
  );
}
