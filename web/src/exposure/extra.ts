/** How many more went wrong than would have on stable: pure, from what the gate on failures compares. */
import type { Overview } from "../../../src/http/wire-pages.ts";
import { whole } from "../words/numbers.ts";

export interface Extra {
  readonly about: string;
  readonly best: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Null without a gate that counts failures. */
export function extraFailures({ outlooks, rollout }: Overview): Extra | null {
  const gate = rollout.gates.find(({ kind }) => kind === "failures")?.gate;
  const compared = outlooks.find((outlook) => outlook.gate === gate)?.compared ?? null;
  if (compared === null || compared.difference === null) return null;
  const { difference, low, high, canaryN, about } = compared;
  const times = (rate: number | null) => (rate === null ? null : rate * canaryN);
  return { about, best: difference * canaryN, low: times(low), high: times(high) };
}

export function extraWords(extra: Extra | null): string {
  if (extra === null) return "No gate counts failures here, so nobody can say how many more went wrong than on stable.";
  const { about, best, low, high } = extra;
  const what = about.replace(/^people that/, "more people").replace(/^requests that/, "more requests");
  const number = Math.round(best);
  const middle =
    number <= 0 ? `No ${what} than would have on stable` : `About ${whole(number)} ${what} than would have on stable`;
  return `${middle}${range(low, high)}.`;
}

function range(low: number | null, high: number | null): string {
  const [from, to] = [
    low === null ? 0 : Math.max(0, Math.floor(low)),
    high === null ? null : Math.max(0, Math.ceil(high)),
  ];
  if (to === null)
    return from === 0 ? "; how many there may be at most cannot be said yet" : `; at least ${whole(from)}`;
  return from === 0 ? `; at most ${whole(to)}` : `; between ${whole(from)} and ${whole(to)}`;
}
