/** What was promoted, while it is watched: how long still, how near it is to being taken back, what each gate says. */
import type { Overview } from "../../../src/http/wire-pages.ts";
import type { WatchView } from "../../../src/http/wire.ts";
import { useNow } from "../api/hooks.ts";
import { Progress } from "../ui/bars.tsx";
import { Card, Section } from "../ui/section.tsx";
import { evidence, share } from "../words/numbers.ts";
import { span } from "../words/time.ts";

export function Watch({ overview: { rollout } }: { overview: Overview }) {
  const { watch } = rollout;
  return watch === null ? null : <Watched watch={watch} revision={rollout.stable} />;
}

function Watched({ watch, revision }: { watch: WatchView; revision: string }) {
  const { before, holdback, unready, gates, promise } = watch;
  const how = holdback === 0 ? `${before} is kept warm` : `${share(holdback)} stay with ${before} to compare with`;
  return (
    <Section title={`${revision} is watched, ${how}`}>
      <Card className="grid gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Time watch={watch} />
          <Harm watch={watch} />
        </div>
        {unready === null ? null : (
          <p role="status" className="font-medium text-bad">
            {before} could not take over now: {unready}.
          </p>
        )}
        <ul className="grid gap-1 text-sm">
          {gates.map(({ gate, reason }) => (
            <li key={gate}>
              <span className="font-medium">{gate}</span> <span className="text-soft">{reason}.</span>
            </li>
          ))}
          {gates.length === 0 ? <li className="text-soft">Nothing measured yet.</li> : null}
        </ul>
        <p className="text-[13px] text-faint">{promise}</p>
      </Card>
    </Section>
  );
}

function Time({ watch: { from, forMs } }: { watch: WatchView }) {
  const over = Math.min(forMs, Math.max(0, useNow() - (from ?? Infinity)));
  return (
    <div>
      <p className="mb-2 font-medium">
        {span(over)} <span className="font-normal text-faint">of {span(forMs)}</span>
      </p>
      <Progress part={over / forMs} label="Time of the watch" />
    </div>
  );
}

function Harm({ watch: { logHarm, harmAt } }: { watch: WatchView }) {
  const part = Math.max(0, Math.min(1, logHarm / harmAt));
  return (
    <div>
      <p className="mb-2">
        <span className={`font-medium ${part >= 0.5 ? "text-bad" : ""}`}>{evidence(logHarm)}</span>
        <span className="text-faint"> of the {evidence(harmAt)} that take it back</span>
      </p>
      <div className="h-2 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div className="h-full rounded-full bg-bad" style={{ width: `${part * 100}%` }} />
      </div>
    </div>
  );
}
