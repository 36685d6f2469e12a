/** An explanation as people read it: words, then numbers, then what led there. */
import { provesRates } from "../../analysis/metric.ts";
import { amount, evidence, whole } from "../../analysis/words.ts";
import type { Explanation } from "../../http/wire.ts";
import { fit, wrap } from "../glyphs.ts";
import { stamp, table } from "../output.ts";
import { tones } from "../paint.ts";
import type { Look } from "./bars.ts";
import { gateMark, hookMark } from "./marks.ts";
import { counted, figure } from "./numbers.ts";
import { stripLines } from "./strip.ts";

type Gate = Explanation["gates"][number];
type Hook = Explanation["hooks"][number];

/** `all`: with every number behind the verdicts. */
export function explanation(the: Explanation, look: Look, all = false): string[] {
  const { glyphs, paint, width } = look;
  const prose = (text: string) => wrap(text, width, glyphs);
  const parts = [
    [...prose(`${the.name}: ${the.sentence}`), ...prose(the.next)],
    the.release === 0 ? [] : the.gates.flatMap((gate) => gateSentence(gate, look)),
    the.release === 0 ? [] : the.hooks.flatMap((hook) => hookSentence(hook, look)),
    the.release === 0 || the.gates.length === 0 ? [] : gateTable(the.gates, look),
    the.release === 0 ? [] : stripLines(the.strips, look),
    all ? numberTable(the.gates, look) : [],
    all && the.watch !== null ? numberTable(the.watch.gates, look) : [],
    history(the, look),
    prose(the.promise).map((line) => paint("dim", line)),
    the.watch === null ? [] : prose(the.watch.promise).map((line) => paint("dim", line)),
  ];
  return parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

function gateSentence(gate: Gate, { glyphs, paint, width }: Look): string[] {
  const { tone, glyph } = gateMark(gate);
  return wrap(gate.sentence, width - 2, glyphs).map((line, i) =>
    i === 0 ? `${paint(tone, glyphs[glyph])} ${line}` : `  ${line}`,
  );
}

/** What it said, and the end of what a program printed below it. */
function hookSentence(hook: Hook, { glyphs, paint, width }: Look): string[] {
  const { tone, glyph } = hookMark(hook);
  const [first, ...rest] = wrap(`Hook ${hook.sentence}`, width - 2, glyphs);
  return [
    `${paint(tone, glyphs[glyph])} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...hook.output.map((line) => paint("dim", `    ${fit(line, width - 4, glyphs)}`)),
  ];
}

function gateTable(gates: readonly Gate[], { paint }: Look): string[] {
  const rows = gates.map((gate) => {
    const weighs = provesRates(gate.kind);
    return [
      gate.gate,
      gateMark(gate).word,
      weighs ? `${evidence(gate.logHarm)} of ${evidence(gate.harmAt)}` : null,
      weighs ? `${evidence(gate.logSafe)} of ${evidence(gate.safeAt)}` : null,
      met(gate.numbers, "canary"),
      met(gate.numbers, "stable"),
    ];
  });
  return table(["GATE", "VERDICT", "HARM", "SAFETY", "CANARY", "STABLE"], rows, paint).split("\n");
}

/** "12 (0.13 %) of 9,500", of the release where the gate counts that, else of the stage. */
function met(numbers: Gate["numbers"], arm: "canary" | "stable"): string | null {
  const stage = arm === "canary" ? "stageCanary" : "stageStable";
  for (const key of [arm, stage]) {
    const [n, bad] = [numbers[`${key}N`], numbers[`${key}Bad`]];
    if (n !== undefined && bad !== undefined) return `${counted(bad, n)} of ${whole(n)}`;
  }
  return averaged(numbers, arm);
}

/** "588 over 1,204" of a mean; of a series its last number. */
function averaged(numbers: Gate["numbers"], arm: "canary" | "stable"): string | null {
  const { [`${arm}Mean`]: mean, [`${arm}N`]: n = 0, [arm]: last } = numbers;
  if (mean !== undefined) return `${amount(mean)} over ${whole(n)}`;
  return last === undefined ? null : amount(last);
}

function numberTable(gates: readonly Pick<Gate, "gate" | "numbers">[], { paint }: Look): string[] {
  const rows = gates.flatMap(({ gate, numbers }) => Object.entries(numbers).map(([key, n]) => [gate, key, figure(n)]));
  return rows.length === 0 ? [] : table(["GATE", "NUMBER", "VALUE"], rows, paint).split("\n");
}

function history({ history: events }: Explanation, { paint }: Look): string[] {
  return events.map(({ at, sentence, severity }) => `${paint("dim", stamp(at))}  ${paint(tones[severity], sentence)}`);
}
