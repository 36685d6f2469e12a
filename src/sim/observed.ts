/** What measurements say of traffic and of stable: what planning takes for true where nobody says otherwise. */
import type { Measurement } from "../analysis/measurement.ts";
import { addSparse, quantile } from "../stats/histogram.ts";
import type { Observed } from "./assume.ts";

/** Fewer units than this tell nothing. */
const ENOUGH = 100;
/** So few failures are no rate to plan with. */
const ENOUGH_FAILURES = 1;

/** From measurements of any gates of one rollout; what they do not show is left out. */
export function observedIn(measurements: readonly Measurement[]): Observed {
  const counted = totalOf(measurements, "counts", ({ stable, canary }) => [stable.n, canary.n, stable.bad]);
  const timed = totalOf(measurements, "histogram", ({ stable, canary }) => [units(stable), units(canary), 0]);
  const { seconds, stable, canary, bad } = counted.stable >= ENOUGH ? counted : timed;
  return {
    ...(seconds > 0 && stable >= ENOUGH ? { perSecond: (stable + canary) / seconds } : {}),
    ...(counted.stable >= ENOUGH && bad >= ENOUGH_FAILURES ? { failures: counted.bad / counted.stable } : {}),
    ...latencyIn(measurements),
  };
}

type Of<Kind extends Measurement["kind"]> = Measurement & { readonly kind: Kind };

const units = ({ done }: Of<"histogram">["ticks"][number]["stable"]) => done.reduce((sum, [, count]) => sum + count, 0);

/** Windows of several gates of one kind overlap: each moment counts once. */
function totalOf<Kind extends "counts" | "histogram">(
  measurements: readonly Measurement[],
  kind: Kind,
  read: (tick: Of<Kind>["ticks"][number]) => readonly [stable: number, canary: number, bad: number],
) {
  const total = { seconds: 0, stable: 0, canary: 0, bad: 0 };
  let to = -Infinity;
  const own = measurements.filter((one): one is Of<Kind> => one.kind === kind);
  for (const { window, ticks } of own.toSorted((a, b) => a.window.from - b.window.from)) {
    if (window.from < to) continue;
    to = window.to;
    total.seconds += (window.to - window.from) / 1000;
    for (const tick of ticks) {
      const [stable, canary, bad] = read(tick as Of<Kind>["ticks"][number]);
      total.stable += stable;
      total.canary += canary;
      total.bad += bad;
    }
  }
  return total;
}

function latencyIn(measurements: readonly Measurement[]): Pick<Observed, "medianMs" | "p99Ms"> {
  const all = measurements
    .flatMap((one) => (one.kind === "histogram" ? one.ticks : []))
    .map(({ stable }) => stable.done)
    .reduce((sum, done) => addSparse(sum, done), [] as ReturnType<typeof addSparse>);
  if (all.reduce((sum, [, count]) => sum + count, 0) < ENOUGH) return {};
  const at = (q: number) => (quantile(all, q) ?? 0) / 1000;
  const [medianMs, p99Ms] = [at(0.5), at(0.99)];
  return medianMs > 0 && p99Ms > medianMs ? { medianMs, p99Ms } : {};
}
