/** Traffic at a glance: stable as a quiet area, the canary as a line of its own, each to its own height. */
import type { Traffic } from "../../../src/http/wire-pages.ts";
import { brief } from "../words/numbers.ts";

const [WIDTH, HEIGHT] = [120, 28];

function points(values: readonly (number | null)[], top: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  return values
    .map((value, i) =>
      value === null ? null : `${(i * step).toFixed(1)},${(HEIGHT - (value / top) * (HEIGHT - 2)).toFixed(1)}`,
    )
    .filter((point) => point !== null)
    .join(" ");
}

const last = (values: readonly (number | null)[]) => values.findLast((value) => value !== null) ?? 0;

export function Spark({ traffic }: { traffic: Traffic | null }) {
  if (traffic === null) return <span className="text-faint">—</span>;
  const { stable, canary } = traffic;
  const top = Math.max(1, ...stable.map((n) => n ?? 0));
  const high = Math.max(1, ...canary.map((n) => n ?? 0));
  const words = `${brief(last(stable))} a second on stable, ${brief(last(canary))} on the canary`;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={words}
      preserveAspectRatio="none"
    >
      <title>{words}</title>
      <polygon points={`0,${HEIGHT} ${points(stable, top)} ${WIDTH},${HEIGHT}`} fill="var(--stable)" opacity="0.22" />
      <polyline points={points(stable, top)} fill="none" stroke="var(--stable)" strokeWidth="1.25" />
      <polyline points={points(canary, high * 1.6)} fill="none" stroke="var(--accent-fill)" strokeWidth="1.75" />
    </svg>
  );
}
