/** The least harm that each stage sees, against the harm that is feared: below the line nothing is seen. */
import type { PlanAnswer } from "../../../src/http/wire-study.ts";
import { Card } from "../ui/section.tsx";
import { useWidth } from "../ui/width.ts";
import { percent } from "../words/numbers.ts";

type Plan = PlanAnswer["plan"];

const [HEIGHT, TOP, LEFT, BOTTOM] = [190, 10, 56, 26];

/** A bar that is narrower has no room for words. */
const ROOMY = 74;

export function Curve({ plan, gate }: { plan: Plan; gate: string }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const looks = plan.stages.map((stage) => ({
    label: stage.label,
    look: stage.gates.find((one) => one.gate === gate),
  }));
  const feared = looks[0]?.look?.feared ?? null;
  const stable = looks[0]?.look?.stable ?? null;
  const smallest = looks.map(({ label, look }) => ({ label, smallest: look?.smallest ?? null }));
  const known = [...smallest.map((one) => one.smallest), feared, stable].filter((n) => n !== null && n > 0) as number[];
  if (known.length === 0) return null;
  const [least, most] = [Math.min(...known) * 0.7, Math.min(1, Math.max(...known) * 1.4)];
  const y = (rate: number) =>
    TOP + (HEIGHT - TOP) * (1 - Math.log(Math.max(rate, least) / least) / Math.log(most / least));
  const step = (width - LEFT) / Math.max(1, smallest.length);
  const words = smallest
    .map((one) => `${one.label}: ${one.smallest === null ? "nothing" : percent(one.smallest)}`)
    .join("; ");
  return (
    <Card>
      <p className="mb-2 text-[13px] text-soft">
        Failures of the canary that are noticed within each stage in 19 of 20 cases ({gate}). What lies below a bar is
        not seen there.
      </p>
      <div ref={ref}>
        {width === 0 ? null : (
          <svg width={width} height={HEIGHT + BOTTOM} role="img" aria-label={`Smallest harm seen by stage. ${words}`}>
            {[stable, feared].map((rate, i) =>
              rate === null ? null : (
                <g key={i === 0 ? "stable" : "feared"}>
                  <line
                    x1={LEFT}
                    x2={width}
                    y1={y(rate)}
                    y2={y(rate)}
                    stroke={i === 0 ? "var(--stable)" : "var(--bad)"}
                    strokeDasharray="6 4"
                    strokeWidth="1.5"
                  />
                  <text
                    x={width}
                    y={y(rate) - 5}
                    textAnchor="end"
                    fontSize="11.5"
                    fill={i === 0 ? "var(--stable)" : "var(--bad)"}
                  >
                    {i === 0 ? "stable" : "feared"} {percent(rate)}
                  </text>
                </g>
              ),
            )}
            {smallest.map(({ label, smallest: rate }, i) => (
              <g key={label}>
                <rect
                  x={LEFT + i * step + step * 0.1}
                  width={step * 0.8}
                  y={TOP}
                  height={rate === null ? 0 : Math.max(0, y(rate) - TOP)}
                  fill="var(--good)"
                  opacity="0.22"
                />
                {rate === null ? null : (
                  <line
                    x1={LEFT + i * step + step * 0.1}
                    x2={LEFT + i * step + step * 0.9}
                    y1={y(rate)}
                    y2={y(rate)}
                    stroke="var(--good)"
                    strokeWidth="2.5"
                  />
                )}
                <text
                  x={LEFT + (i + 0.5) * step}
                  y={rate === null ? HEIGHT - 8 : TOP + 16}
                  textAnchor="middle"
                  fontSize="11.5"
                  fill="var(--ink)"
                >
                  {rate === null
                    ? step < ROOMY
                      ? "none"
                      : "sees nothing"
                    : `${step < ROOMY ? "" : "from "}${percent(rate)}`}
                </text>
                <text
                  x={LEFT + (i + 0.5) * step}
                  y={HEIGHT + 18}
                  textAnchor="middle"
                  fontSize="11.5"
                  fill="var(--soft)"
                >
                  {label}
                </text>
              </g>
            ))}
            <text x={0} y={TOP + 10} fontSize="11.5" fill="var(--faint)">
              {percent(most)}
            </text>
            <text x={0} y={HEIGHT} fontSize="11.5" fill="var(--faint)">
              {percent(least)}
            </text>
          </svg>
        )}
      </div>
    </Card>
  );
}
