/** What the planner found, in plain words. */
import { GRADE, provesRates } from "../../analysis/metric.ts";
import { rough, whole } from "../../analysis/words.ts";
import { share as shareInWords } from "../../rollout/events.ts";
import { POWER, type GateLook } from "./look.ts";
import type { Stage } from "./stages.ts";

/** Milliseconds as people say them: "1m14s", "9m", "2h5m". */
export function span(ms: number): string {
  const s = ms < 9950 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000);
  if (s < 60) return `${s}s`;
  const [m, h] = [Math.floor(s / 60), Math.floor(s / 3600)];
  if (h === 0) return s % 60 === 0 ? `${m}m` : `${m}m${s % 60}s`;
  if (h < 48) return m % 60 === 0 ? `${h}h` : `${h}h${m % 60}m`;
  return `${whole(h / 24)}d`;
}

export const labelOf = ({ weight, mirror }: Pick<Stage, "weight" | "mirror">): string =>
  weight === 0 && mirror > 0 ? `copies of ${shareInWords(mirror)}` : shareInWords(weight);

/** 0.984 -> "98 of 100 cases"; never all or none of them. */
export function cases(chance: number): string {
  if (chance > 0.995) return "nearly all cases";
  return chance < 0.005 ? "hardly any case" : `${Math.round(chance * 100)} of 100 cases`;
}

/** One plain sentence of one gate in one stage. */
export function gateSentence(stage: Stage, look: GateLook): string {
  const at = `${look.gate} at ${labelOf(stage)}`;
  if (look.kind === "threshold") return thresholdSentence(at, look);
  if (look.kind === "series")
    return `${at}: ${GRADE}: ${look.fear} is seen after ${span(look.boundMs ?? 0)} at the earliest; how soon really nobody can say beforehand.`;
  if (look.kind === "kayenta")
    return `${at}: judged every ${span(look.safeMs ?? 0)}, ${GRADE}: how soon ${look.fear} is seen nobody can say beforehand.`;
  if (look.noticed.meanMs === null || look.noticed.ms === null)
    return `${at}: a canary that ${look.fear} is within its margin, and is never taken back for it.`;
  if (look.kind === "mean")
    return `${at}: a canary that ${look.fear} is noticed after ${span(look.noticed.meanMs)} on average, within ${span(look.noticed.ms)} in 19 of 20 cases.`;
  const [mean, most] = look.extra;
  const bad = look.kind === "failures" ? "fail" : "are slow";
  return (
    `${at}: a canary that ${look.fear} is noticed after ${span(look.noticed.meanMs)} on average, within ${span(look.noticed.ms)} in 19 of 20 cases; ` +
    `about ${some(mean)} more requests ${bad} first, ${some(most)} in the worst of 20.`
  );
}

function thresholdSentence(at: string, { fear, noticed, smallestInWords }: GateLook): string {
  return noticed.ms === null
    ? `${at}: ${fear}, which is not beyond ${smallestInWords}.`
    : `${at}: ${fear}, beyond ${smallestInWords}: taken back after ${span(noticed.ms)}, if every check sees it.`;
}

const some = (n: number | null) => (n === null ? "?" : rough(Math.max(n, 0)));

/** What an author should not be surprised by. */
export function warningsOf(stage: Stage, looks: readonly GateLook[], whenUndecided: string): string[] {
  const label = `stage ${stage.index + 1} at ${labelOf(stage)}`;
  const judging = looks.filter(({ kind, dryRun }) => provesRates(kind) && !dryRun);
  return judging.flatMap((look) => [
    ...blindness(stage, label, look),
    ...impatience(stage, label, look, whenUndecided),
  ]);
}

function blindness(stage: Stage, label: string, look: GateLook): string[] {
  const { gate, fear, chance, smallestInWords, noticed } = look;
  if (look.kind === "series")
    return chance === 0 ? [`${label} ends before ${gate} can have seen anything: ${smallestInWords}`] : [];
  if (noticed.ms === null) return [`${gate} never takes back a canary that ${fear}: its margin allows that`];
  if (chance === null || chance >= POWER) return [];
  const sees = look.smallest === null ? "it sees no harm at all" : `the least that it sees is ${smallestInWords}`;
  return [
    `${label} cannot see what ${gate} is to guard against: a canary that ${fear} is noticed within its ${span(stage.ms)} in ${cases(chance)} only; ${sees}`,
  ];
}

const afterwards: Readonly<Record<string, string>> = {
  hold: "it will hold there and wait for a person",
  advance: "it will go on without having been shown to be safe",
  rollback: "it will be taken back",
};

function impatience(stage: Stage, label: string, { gate, safeMs }: GateLook, whenUndecided: string): string[] {
  if (stage.ms === 0 || safeMs === null || safeMs <= stage.ms || !stage.judges) return [];
  const then = afterwards[whenUndecided] ?? "";
  return [
    `${label} is too short for ${gate}: showing that a good canary is safe takes about ${span(safeMs)} and it has ${span(stage.ms)}; ${then}`,
  ];
}
