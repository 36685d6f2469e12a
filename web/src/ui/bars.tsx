/** Bars. Whatever a bar shows is written beside it too. */
import { evidence, measured, share } from "../words/numbers.ts";

const FULL_WEIGHT = 10_000;

/** Small shares are what matters: the root makes 1 % a tenth of the bar. */
const across = (basisPoints: number) => `${Math.sqrt(Math.max(0, basisPoints) / FULL_WEIGHT) * 100}%`;

/** The share that is measured as a bar, the one that is wanted as a line across it. */
export function ShareBar({ wanted, live }: { wanted: number; live: number | null }) {
  return (
    <div className="relative h-2 w-full rounded-full bg-sunken" aria-hidden="true">
      <div className="h-full rounded-full bg-accent-fill" style={{ width: across(live ?? 0) }} />
      <div className="absolute -inset-y-1 w-0.5 rounded bg-ink" style={{ left: `calc(${across(wanted)} - 1px)` }} />
    </div>
  );
}

export function ShareWords({ wanted, live }: { wanted: number; live: number | null }) {
  return (
    <>
      <span className="font-medium">{share(wanted)}</span>
      <span className="text-faint"> wanted, {measured(live)}</span>
    </>
  );
}

interface EvidenceProps {
  readonly logHarm: number;
  readonly harmAt: number;
  readonly logSafe: number;
  readonly safeAt: number;
}

const part = (log: number, at: number) => Math.max(0, Math.min(1, at > 0 ? log / at : 0));

/**
 * Evidence in both directions from none in the middle, each on a logarithmic scale to what it takes: a factor of ten is
 * as long everywhere, which is how evidence grows.
 */
export function EvidenceBar({ logHarm, harmAt, logSafe, safeAt }: EvidenceProps) {
  const [harm, safe] = [part(logHarm, harmAt), part(logSafe, safeAt)];
  return (
    <div className="text-[13px]">
      <div className="grid grid-cols-2 gap-px" aria-hidden="true">
        <Half side="left" part={harm} at={harmAt} className="bg-bad" />
        <Half side="right" part={safe} at={safeAt} className="bg-good" />
      </div>
      <div className="mt-1 flex justify-between gap-3 text-soft">
        <span>
          harm <b className={harm >= 0.5 ? "text-bad" : "text-ink"}>{evidence(logHarm)}</b>
          <Of at={harmAt} />
        </span>
        <span className="text-right">
          safety <b className={safe >= 1 ? "text-good" : "text-ink"}>{evidence(logSafe)}</b>
          <Of at={safeAt} />
        </span>
      </div>
    </div>
  );
}

const Of = ({ at }: { at: number }) => <span className="max-sm:sr-only"> of {evidence(at)}</span>;

interface HalfProps {
  readonly side: "left" | "right";
  readonly part: number;
  readonly at: number;
  readonly className: string;
}

function Half({ side, part: filled, at, className }: HalfProps) {
  const ten = Math.log(10);
  const ticks =
    at > 0 ? Array.from({ length: Math.max(0, Math.ceil(at / ten) - 1) }, (_, i) => ((i + 1) * ten) / at) : [];
  const from = side === "left" ? "right" : "left";
  const round = side === "left" ? "rounded-l-full" : "rounded-r-full";
  return (
    <div className={`relative h-2.5 overflow-hidden bg-sunken ${round}`}>
      <div className={`absolute inset-y-0 ${className}`} style={{ [from]: 0, width: `${filled * 100}%` }} />
      {ticks.map((tick) => (
        <div key={tick} className="absolute inset-y-0 w-px bg-edge/60" style={{ [from]: `${tick * 100}%` }} />
      ))}
    </div>
  );
}

/** One quantity on its way, e.g. time in a step. */
export function Progress({ part: done, label }: { part: number; label: string }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(done * 100)}
      className="h-2 w-full overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full rounded-full bg-stable" style={{ width: `${Math.max(0, Math.min(1, done)) * 100}%` }} />
    </div>
  );
}
