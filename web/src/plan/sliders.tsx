/** Everything that is assumed, on sliders; what was measured until somebody moves one. */
import { useId } from "react";
import type { PlanAnswer } from "../../../src/http/wire-study.ts";
import { percent, rough } from "../words/numbers.ts";
import { durationOf, type Wishes } from "./wishes.ts";

interface Props {
  readonly wishes: Wishes;
  readonly measured: PlanAnswer["measured"];
  readonly change: (more: Partial<Wishes>) => void;
}

const DAY_MINUTES = 1440;

export function Sliders({ wishes, measured, change }: Props) {
  const { traffic, stableFailures, canaryFailures, canaryLatency, weights, stageMinutes } = wishes;
  const baseline = stableFailures ?? measured.failures ?? 0.005;
  return (
    <div className="grid grid-cols-1 gap-5">
      <Slider
        label="Traffic"
        value={traffic ?? measured.perSecond ?? 100}
        range={[0.1, 20_000]}
        words={(n) => `${rough(n)} a second`}
        source={traffic === null ? said(measured.perSecond) : "assumed"}
        change={(n) => change({ traffic: tidy(n) })}
      />
      <Slider
        label="Stable fails"
        value={baseline}
        range={[0.0001, 0.3]}
        words={percent}
        source={stableFailures === null ? said(measured.failures) : "assumed"}
        change={(n) => change({ stableFailures: tidy(n) })}
      />
      <Slider
        label="Smallest harm that is feared"
        value={canaryFailures ?? Math.min(0.9, baseline * 2)}
        range={[0.0001, 0.9]}
        words={(n) => `the canary fails ${percent(n)}`}
        source={canaryFailures === null ? "not set: as the gates' limits say" : "assumed"}
        change={(n) => change({ canaryFailures: tidy(n) })}
      />
      <Slider
        label="Slower"
        value={canaryLatency ?? 1.5}
        range={[1.02, 5]}
        words={(n) => `${rough(n)} times as slow`}
        source={canaryLatency === null ? "not set: as the gates' limits say" : "assumed"}
        change={(n) => change({ canaryLatency: tidy(n) })}
      />
      {weights.length === 0 ? (
        <p className="text-sm text-soft">
          This document's strategy is no ramp of shares; it is planned as it is written.
        </p>
      ) : (
        <>
          <Weights weights={weights} change={(next) => change({ weights: next })} />
          <Slider
            label="Longest stage"
            value={stageMinutes}
            range={[0.5, DAY_MINUTES]}
            words={(n) => durationOf(n)}
            source="of the document"
            change={(n) => change({ stageMinutes: n < 5 ? Math.max(0.5, Math.round(n * 2) / 2) : Math.round(n) })}
          />
        </>
      )}
    </div>
  );
}

const said = (measured: number | undefined) => (measured === undefined ? "not measured: a guess" : "as measured");
const tidy = (n: number) => Number(n.toPrecision(2));

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly range: readonly [number, number];
  readonly words: (value: number) => string;
  readonly source: string;
  readonly change: (value: number) => void;
}

const STEPS = 200;

/** Logarithmic: a finger's breadth is a factor, not an amount. */
function Slider({ label, value, range: [least, most], words, source, change }: SliderProps) {
  const id = useId();
  const place = (Math.log(value / least) / Math.log(most / least)) * STEPS;
  return (
    <div>
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        <output htmlFor={id} className="text-sm font-semibold">
          {words(value)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={Math.round(Math.min(STEPS, Math.max(0, place)))}
        aria-valuetext={words(value)}
        onChange={({ target }) => change(least * (most / least) ** (Number(target.value) / STEPS))}
        className="h-7 w-full accent-accent"
      />
      <p className="text-[12.5px] text-faint">{source}</p>
    </div>
  );
}

function Weights({ weights, change }: { weights: readonly number[]; change: (weights: readonly number[]) => void }) {
  const id = useId();
  const read = (text: string) =>
    text
      .split(/[\s,%]+/)
      .map(Number)
      .filter((n) => n > 0 && n < 100);
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        Shares, percent
      </label>
      <input
        id={id}
        defaultValue={weights.join(", ")}
        onChange={({ target }) => {
          const next = read(target.value);
          if (next.length > 0) change(next);
        }}
        className="mt-1 h-9 w-full rounded-lg border border-edge bg-surface px-2.5 text-sm"
      />
    </div>
  );
}
