/**
 * Argo's conditions (expr-lang, on `result`) as one range. A gate knows a least and a most, both of them in the range; what
 * says more than that, or another thing, is refused by name.
 *
 *     result[0] >= 0.95                     min 0.95
 *     len(result) == 0 || result[0] < 5     max just below 5, and no data is not a failure
 */

export class ConditionError extends Error {}

export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** The condition names nothing to measure as good: `len(result) == 0 ||`, `isNaN(result) ||`. */
  readonly silenceIsGood: boolean;
}

/** The neighbours of a double: `< 5` is at most the double below 5. */
const next = (value: number, way: 1 | -1): number => {
  if (value === 0) return way * Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] += BigInt(value > 0 ? way : -way);
  return new Float64Array(bits.buffer)[0];
};

type Comparison = ">=" | ">" | "<=" | "<" | "==";
const swapped: Readonly<Record<Comparison, Comparison>> = { ">=": "<=", ">": "<", "<=": ">=", "<": ">", "==": "==" };

function rangeOf(comparison: Comparison, limit: number): Omit<Range, "silenceIsGood"> {
  switch (comparison) {
    case ">=":
      return { min: limit };
    case ">":
      return { min: next(limit, 1) };
    case "<=":
      return { max: limit };
    case "<":
      return { max: next(limit, -1) };
    case "==":
      return { min: limit, max: limit };
  }
}

/**
 * What a measured value is to its condition: a number, a row of New Relic's with a name for each of its numbers, or a list of
 * CloudWatch's results with their values.
 */
export type Shape = "number" | "row" | "results";

/** What a measured value may be called. */
const RESULT = String.raw`(?:result(?:\[0\])?|asFloat\(result(?:\[0\])?\)|asInt\(result(?:\[0\])?\)|default\(result(?:\[0\])?,\s*-?[\d.]+\))`;
const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const LEFT = new RegExp(String.raw`^(${RESULT})\s*(>=|<=|==|>|<)\s*(${NUMBER})$`);
const RIGHT = new RegExp(String.raw`^(${NUMBER})\s*(>=|<=|==|>|<)\s*(${RESULT})$`);
const SILENCE = /^(len\(result\)\s*==\s*0|isNaN\(result(\[0\])?\)|result\s*==\s*nil)$/;

/** As if the value were a number: `result.score` of a row, `result[0].Values[0]` of a list of results. */
function asNumber(condition: string, shape: Shape): string {
  if (shape === "row") return condition.replaceAll(/\bresult\.[A-Za-z_]\w*(?![\w.[(])/g, "result");
  return shape === "results" ? condition.replaceAll(/\bresult\[0\]\.Values(\[0\])?(?![\w.[(])/g, "result") : condition;
}

/** The range in which a success condition holds. Throws ConditionError with a sentence. */
export function successRange(condition: string, shape: Shape = "number"): Range {
  const alternatives = partsOf(asNumber(condition, shape), "||");
  const measured = alternatives.filter((part) => !SILENCE.test(part));
  if (measured.length !== 1)
    throw new ConditionError(
      measured.length === 0 ? "says nothing of a value" : "has two ranges, and a gate knows one",
    );
  // default(result, 0) is a value where there is none
  const silenceIsGood = measured.length < alternatives.length || measured[0].includes("default(");
  return { ...together(partsOf(measured[0], "&&").map(one)), silenceIsGood };
}

/** The range in which a failure condition does not hold: one bound at each side at most. */
export function rangeWithout(condition: string, shape: Shape = "number"): Range {
  const parts = partsOf(asNumber(condition, shape), "||");
  const bounds = parts.map((part) => outside(part));
  return { ...together(bounds), silenceIsGood: true };
}

function outside(part: string): Omit<Range, "silenceIsGood"> {
  if (partsOf(part, "&&").length > 1) throw new ConditionError("fails inside a range, and a gate fails outside one");
  const { comparison, limit } = comparisonIn(part);
  const opposite = { ">=": "<", ">": "<=", "<=": ">", "<": ">=" } as const;
  if (comparison === "==") throw new ConditionError("fails at one value, and a gate fails outside a range");
  return rangeOf(opposite[comparison], limit);
}

const one = (part: string): Omit<Range, "silenceIsGood"> => {
  const { comparison, limit } = comparisonIn(part);
  return rangeOf(comparison, limit);
};

function comparisonIn(part: string): { readonly comparison: Comparison; readonly limit: number } {
  const left = LEFT.exec(part);
  if (left !== null) return { comparison: left[2] as Comparison, limit: Number(left[3]) };
  const right = RIGHT.exec(part);
  if (right !== null) return { comparison: swapped[right[2] as Comparison], limit: Number(right[1]) };
  throw new ConditionError(`${JSON.stringify(part)} is not a comparison of the result with a number`);
}

function together(ranges: readonly Omit<Range, "silenceIsGood">[]): Omit<Range, "silenceIsGood"> {
  const mins = ranges.flatMap(({ min }) => min ?? []);
  const maxs = ranges.flatMap(({ max }) => max ?? []);
  return {
    ...(mins.length === 0 ? {} : { min: Math.max(...mins) }),
    ...(maxs.length === 0 ? {} : { max: Math.min(...maxs) }),
  };
}

/** Split at an operator outside brackets, each part without brackets around it as a whole. */
function partsOf(condition: string, operator: "||" | "&&"): readonly string[] {
  const text = bare(condition.replaceAll(operator === "||" ? /\bor\b/g : /\band\b/g, operator).trim());
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if ("([".includes(text[i])) depth++;
    if (")]".includes(text[i])) depth--;
    if (depth > 0 || !text.startsWith(operator, i)) continue;
    parts.push(text.slice(from, i));
    from = i + operator.length;
    i = from - 1;
  }
  return [...parts, text.slice(from)].map((part) => bare(part.trim()));
}

/** "(a)" -> "a"; "(a) || (b)" stays. */
function bare(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let i = 0; i < text.length - 1; i++) {
    depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
    if (depth === 0) return text;
  }
  return bare(text.slice(1, -1).trim());
}
