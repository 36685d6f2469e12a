/** What the planner assumes, and the ramp as somebody moves it about: pure. */
import { parseDocument } from "yaml";
import { withValue } from "../new/text.ts";

export interface Wishes {
  /** Requests or people a second on both arms; null: as measured. */
  readonly traffic: number | null;
  /** Stable's rate of failures; null: as measured. */
  readonly stableFailures: number | null;
  /** What its author fears of the canary. */
  readonly canaryFailures: number | null;
  /** How many times slower the canary is feared to be; null: not feared. */
  readonly canaryLatency: number | null;
  /** Shares of the stages, percent; empty: the strategy is no ramp of shares. */
  readonly weights: readonly number[];
  readonly stageMinutes: number;
}

export const start: Wishes = {
  traffic: null,
  stableFailures: null,
  canaryFailures: null,
  canaryLatency: null,
  weights: [],
  stageMinutes: 10,
};

const MINUTE: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: 1440 };

/** "1h30m" -> 90 */
function minutesOf(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * MINUTE[unit], 0);
}

/** The ramp of a document, where it has one. */
export function rampOf(text: string): Pick<Wishes, "weights" | "stageMinutes"> {
  const document = parseDocument(text);
  const canary = (
    document.toJS() as {
      spec?: { strategy?: { canary?: { weights?: unknown; stage?: unknown; steps?: unknown } } };
    } | null
  )?.spec?.strategy?.canary;
  if (canary === undefined || canary === null || canary.steps !== undefined)
    return { weights: [], stageMinutes: start.stageMinutes };
  const weights = Array.isArray(canary.weights)
    ? canary.weights.map((one) => Number(String(one).replace("%", "")))
    : [1, 5, 10, 25, 50];
  return { weights, stageMinutes: typeof canary.stage === "string" ? minutesOf(canary.stage) : start.stageMinutes };
}

export function durationOf(minutes: number): string {
  if (minutes < 1) return `${Math.round(minutes * 60)}s`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.round(minutes)}m`;
}

/** The document with the ramp as it is wished; what is not a ramp of shares stays as it is. */
export function withRamp(text: string, { weights, stageMinutes }: Wishes): string {
  if (weights.length === 0) return text;
  const before = rampOf(text);
  const same = before.stageMinutes === stageMinutes && before.weights.join() === weights.join();
  if (same) return text;
  const shared = withValue(text, ["spec", "strategy", "canary", "weights"], weights);
  return withValue(shared, ["spec", "strategy", "canary", "stage"], durationOf(stageMinutes));
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(6))}%`;

/** As `serin plan --assume` has them. */
export function assumptions({ traffic, stableFailures, canaryFailures, canaryLatency }: Wishes): string[] {
  return [
    ...(traffic === null ? [] : [`traffic=${traffic}/s`]),
    ...(stableFailures === null ? [] : [`stable.failures=${percent(stableFailures)}`]),
    ...(canaryFailures === null ? [] : [`canary.failures=${percent(canaryFailures)}`]),
    ...(canaryLatency === null ? [] : [`canary.latency=x${canaryLatency}`]),
  ];
}
