/** How far from stable is tolerated: a margin or a limit of gates that compare amounts, as lines and in words. */
import type { Line, Side } from "../stats/means.ts";
import type { Range } from "../stats/spread.ts";
import type { Distance, Distances, Worsening } from "./metric.ts";
import { amount, times } from "./words.ts";

/** On which side of a line worse is. */
export const sideOf = (worse: Worsening): Side => (worse === "higher" ? 1 : -1);

/** The line that a distance draws, in parts of the range. */
export function lineOf(distance: Distance, worse: Worsening, { floor, cap }: Range): Line {
  if ("amount" in distance) return { slope: 1, offset: (sideOf(worse) * distance.amount) / (cap - floor) };
  // ratios are of the values themselves, which begin at the floor
  return { slope: distance.ratio, offset: ((distance.ratio - 1) * floor) / (cap - floor) };
}

/** Each of the limits that are set. */
export function eachOf({ ratio, amount: by }: Distances): readonly Distance[] {
  return [...(ratio === undefined ? [] : [{ ratio }]), ...(by === undefined ? [] : [{ amount: by }])];
}

const more = (worse: Worsening) => (worse === "higher" ? "more" : "less");

/** "1.15 times", "50 tokens more" */
export function marginInWords(margin: Distance, worse: Worsening, unit: string): string {
  return "ratio" in margin ? times(margin.ratio) : `${amount(margin.amount, unit)} ${more(worse)}`;
}

/** "below 1.3 times stable's or less than 50 tokens above it" */
export function limitInWords({ ratio, amount: by }: Distances, worse: Worsening, unit: string): string {
  const [within, beyond] = worse === "higher" ? ["below", "above"] : ["over", "below"];
  const said: string[] = [];
  if (ratio !== undefined) said.push(`${within} ${times(ratio)} stable's`);
  if (by !== undefined) said.push(`less than ${amount(by, unit)} ${beyond} ${ratio === undefined ? "stable's" : "it"}`);
  return said.join(" or ");
}
