/** From classified metrics to group scores, one number between 0 and 100 and Pass, Marginal or Fail. */
import type { Classified } from "./classify.ts";
import { groupOrder } from "./group-order.ts";

export interface Scored extends Classified {
  readonly groups: readonly string[];
}

export interface GroupScore {
  readonly name: string;
  readonly score: number;
  readonly classification: "";
  readonly classificationReason: "";
}

export interface Summary {
  readonly score: number;
  readonly classification: "Pass" | "Marginal" | "Fail";
  readonly classificationReason: string;
}

interface Tally {
  passed: number;
  counted: number;
}

/** Nodata and Error are not counted; a metric counts in each of its groups. */
function tally(results: readonly Scored[]): ReadonlyMap<string, Tally> {
  const groups = new Map<string, Tally>();
  for (const { classification, groups: names } of results) {
    for (const name of names) {
      const group = groups.get(name) ?? { passed: 0, counted: 0 };
      groups.set(name, group);
      if (classification === "Nodata" || classification === "Error") continue;
      group.counted += 1;
      if (classification === "Pass") group.passed += 1;
    }
  }
  return groups;
}

const percent = ({ passed, counted }: Tally) => (passed / counted) * 100;

/** A group without data is reported as 0 but weighs in as 100. */
function weigh(
  groups: ReadonlyMap<string, Tally>,
  order: readonly string[],
  weights: ReadonlyMap<string, number>,
): number {
  let configured = 0;
  for (const weight of weights.values()) configured += weight;
  const unweighted = order.filter((name) => !weights.has(name)).length;
  let sum = 0;
  for (const name of order) {
    const group = groups.get(name) ?? { passed: 0, counted: 0 };
    const weight = weights.get(name) ?? (100 - configured) / unweighted;
    sum += (group.counted === 0 ? 100 : percent(group)) * (weight / 100);
  }
  return roundHalfUp(sum);
}

/** Two decimals, half away from zero, on the decimal text of the double (BigDecimal HALF_UP). */
export function roundHalfUp(value: number): number {
  const [digits, exponent] = Math.abs(value).toString().split("e");
  if (exponent !== undefined) return Number(exponent) < 0 ? 0 : value;
  const [whole, fraction = ""] = digits.split(".");
  if (fraction.length <= 2) return value;
  const hundredths = BigInt(whole + fraction.slice(0, 2)) + (fraction[2] >= "5" ? 1n : 0n);
  return (Math.sign(value) * Number(hundredths)) / 100;
}

function judged(results: readonly Scored[], weighted: number): { score: number; reason: string } {
  const grave = results.find((r) => r.critical && r.classification !== "Pass");
  if (grave !== undefined) return { score: 0, reason: `Canary Failed: ${grave.reason}` };
  const silent = results.filter((r) => r.classification === "Nodata").length;
  if ((silent / results.length) * 100 >= 50)
    return { score: 0, reason: "Canary Failed: 50% or more metrics returned NODATA" };
  return { score: weighted, reason: "" };
}

/** `results` are those that are not muted, in the order of the input. */
export function score(
  results: readonly Scored[],
  weights: ReadonlyMap<string, number>,
  thresholds: { readonly pass: number; readonly marginal: number },
): { readonly groupScores: GroupScore[]; readonly summary: Summary } {
  const groups = tally(results);
  const order = groupOrder([...groups.keys()]);
  const groupScores = order.map((name): GroupScore => {
    const group = groups.get(name) ?? { passed: 0, counted: 0 };
    return { name, score: group.counted === 0 ? 0 : percent(group), classification: "", classificationReason: "" };
  });
  const { score: total, reason } = judged(results, weigh(groups, order, weights));
  const classification = total >= thresholds.pass ? "Pass" : total >= thresholds.marginal ? "Marginal" : "Fail";
  return { groupScores, summary: { score: total, classification, classificationReason: reason } };
}
