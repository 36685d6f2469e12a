/** The parts of a rollout's picture, each as lines that fit the width. Text from outside is clean by now. */
import { provesRates } from "../../analysis/metric.ts";
import { whole } from "../../analysis/words.ts";
import { share } from "../../rollout/events.ts";
import { FULL_WEIGHT } from "../../rollout/traffic.ts";
import type { EventView, GateView, RolloutView, StepView, WatchView } from "../../http/wire.ts";
import { cells, fit, pad, wrap } from "../glyphs.ts";
import { table } from "../output.ts";
import { tones } from "../paint.ts";
import { bar, bars, barWidth, evidenceBar, type Look, type Progress } from "./bars.ts";
import { gateMark, stateMark, stepMark } from "./marks.ts";
import { clockOf, counted, percent, span } from "./numbers.ts";

/** "shop  > progressing  release 2: v3 over v2" */
export function title(view: RolloutView, { width, glyphs, paint }: Look): string[] {
  const mark = stateMark(view);
  const state = `${glyphs[mark.glyph]} ${mark.word}`;
  const arms = view.canary === null || view.release === 0 ? view.stable : `${view.canary} over ${overOf(view)}`;
  const release = view.release === 0 ? `serving ${arms}` : `release ${view.release}: ${arms}`;
  const name = fit(view.name, width - cells(state) - 2, glyphs);
  const room = width - cells(name) - cells(state) - 4;
  const first = `${paint("strong", name)}  ${paint(mark.tone, state)}`;
  return room >= cells(release) ? [`${first}  ${release}`] : [first, fit(release, width, glyphs)];
}

/** What it was released over: after a promotion that is the stable before. */
const overOf = ({ outcome, stable, previousArm }: RolloutView) =>
  outcome === "promoted" ? (previousArm?.revision ?? stable) : stable;

export const sentenceLines = ({ sentence }: RolloutView, { width, glyphs }: Look) => wrap(sentence, width, glyphs);

/** Step, time, share and harm of the release. */
export function progressLines(view: RolloutView, now: number, look: Look): string[] {
  if (view.release === 0) return [];
  if (view.watch !== null) return bars(watchBars(view.watch, now, look), look);
  const time = timeOf(view, now);
  const all = [stepsOf(view), ...(time === null ? [] : [time]), ...shareOf(view), harmOf(view, look)];
  return bars(all, look);
}

/** How much of a watch is over, and how near what was promoted is to being taken back. */
function watchBars({ from, forMs, logHarm, harmAt }: WatchView, now: number, look: Look): Progress[] {
  const over = from === null ? 0 : Math.max(0, Math.min(forMs, now - from));
  const time = {
    label: "watch",
    part: over / forMs,
    words: `${span(over)} of ${span(forMs)}`,
    tone: "accent",
  } as const;
  return [time, harmOf({ logHarm, harmAt }, look)];
}

/** What each gate of a watch says. */
export function watchLines({ watch }: RolloutView, { width, glyphs, paint }: Look): string[] {
  if (watch === null) return [];
  const said = watch.gates.map(({ gate, reason }) => `${gate}: ${reason}`);
  const stuck = watch.unready === null ? [] : [`${watch.before} could not take over now, ${watch.unready}`];
  const lines = (words: readonly string[], tone: "dim" | "attention") =>
    words.flatMap((text) => wrap(text, width - 4, glyphs).map((line) => `    ${paint(tone, line)}`));
  const none = said.length === 0 ? ["nothing measured yet"] : said;
  return [paint("strong", `Watch, ${watch.before} in reserve`), ...lines(none, "dim"), ...lines(stuck, "attention")];
}

function stepsOf({ step, steps, stepList }: RolloutView): Progress {
  const current = stepList.find(({ state }) => state === "current");
  const words = `${step} of ${steps} done${current === undefined ? "" : `, now ${current.label}`}`;
  return { label: "steps", part: steps === 0 ? 0 : step / steps, words, tone: "accent" };
}

/** How much of the current step's time is over, where it has a deadline and its clock runs. */
function timeOf({ phase, stepList, enteredAt, liveAt }: RolloutView, now: number): Progress | null {
  const options = stepList.find(({ state }) => state === "current")?.options;
  const forMs = options?.["forMs"];
  if (phase !== "progressing" || typeof forMs !== "number" || forMs <= 0 || liveAt === null) return null;
  const over = Math.max(0, Math.min(forMs, now - Math.max(enteredAt, liveAt)));
  return { label: "time", part: over / forMs, words: `${span(over)} of ${span(forMs)}`, tone: "accent" };
}

function shareOf({ weight, liveWeight, plan, phase }: RolloutView): Progress[] {
  if (phase !== "progressing" && phase !== "paused") return [];
  if (plan.mirrorWeight > 0 && weight === 0) {
    return [
      { label: "copies", part: plan.mirrorWeight / FULL_WEIGHT, words: share(plan.mirrorWeight), tone: "accent" },
    ];
  }
  const measured = liveWeight === null ? "not measured" : `${percent(liveWeight)} measured`;
  const words = `${share(weight)} wanted, ${measured}`;
  return [{ label: "share", part: (liveWeight ?? weight) / FULL_WEIGHT, words, tone: "accent" }];
}

function harmOf({ logHarm, harmAt }: Pick<RolloutView, "logHarm" | "harmAt">, { width }: Look): Progress {
  const harm = evidenceBar("harm", logHarm, harmAt);
  return harm.part >= 1 || width < 56 ? harm : { ...harm, words: `${harm.words} to take it back` };
}

/** The gates: verdict, evidence for harm and for safety, and why. */
export function gateLines(gates: readonly GateView[], look: Look, reasons: boolean): string[] {
  const { width, glyphs, paint } = look;
  if (gates.length === 0) return [];
  const names = Math.min(20, width - 8, Math.max(...gates.map(({ gate }) => cells(gate))));
  const lines = gates.flatMap((gate) => {
    const mark = gateMark(gate);
    const name = pad(fit(gate.gate, names, glyphs), names);
    const head = `  ${paint(mark.tone, glyphs[mark.glyph])} ${name}  `;
    const said = `${mark.word}: ${gate.reason}`;
    const why = reasons ? wrap(said, width - 6, glyphs).map((line) => `      ${paint("dim", line)}`) : [];
    return [
      ...gateEvidence(
        gate,
        head,
        names + 6,
        reasons ? "" : paint(mark.tone, fit(mark.word, width - names - 6, glyphs)),
        look,
      ),
      ...why,
    ];
  });
  return [paint("strong", "Gates"), ...lines];
}

/** "99.9 of 200", "200 reached"; what is longer ("0.00012 of 200") gets its own room, so that columns mostly align. */
const WORDS = 12;

/** One line where there is room for both bars beside each other, else one for each. */
function gateEvidence(gate: GateView, head: string, used: number, word: string, look: Look): string[] {
  const both = [evidenceBar("harm", gate.logHarm, gate.harmAt), evidenceBar("safety", gate.logSafe, gate.safeAt)];
  // A rule gathers no evidence: there is nothing to draw.
  if (!provesRates(gate.kind)) return [(head + word).trimEnd()];
  const wide = Math.min(barWidth(look.width), 16);
  const widths = both.map(({ words }) => Math.max(WORDS, cells(words)));
  const room = used + both.reduce((sum, { label }, i) => sum + label.length + wide + (widths[i] ?? WORDS) + 3, 0);
  if (look.width < room) return [(head + word).trimEnd(), ...bars(both, look, 4)];
  const drawn = both.map(({ label, part, words, tone }, i) => {
    return `${look.paint("dim", label)} ${bar(part, wide, tone, look)} ${pad(words, widths[i] ?? WORDS)}`;
  });
  return [`${head}${drawn.join("  ")}`.trimEnd()];
}

/** The steps as a tree. `around`: how many of them at most, the current one among them. */
export function stepLines(view: RolloutView, look: Look, around = Infinity): string[] {
  const { stepList } = view;
  if (stepList.length === 0) return [];
  const [from, to] = excerpt(stepList, around);
  const shown = stepList.slice(from, to).map((step, i) => stepLine(step, view, from + i === stepList.length - 1, look));
  const before = from === 0 ? [] : [cut(`${from} before`, look)];
  const after = to === stepList.length ? [] : [cut(`${stepList.length - to} more`, look)];
  return [look.paint("strong", "Steps"), ...before, ...shown, ...after];
}

const cut = (words: string, { glyphs, paint }: Look) => `  ${paint("dim", `${glyphs.ellipsis} ${words}`)}`;

function excerpt(steps: readonly StepView[], around: number): [from: number, to: number] {
  if (steps.length <= around) return [0, steps.length];
  const found = steps.findIndex(({ state }) => state === "current");
  const middle = found < 0 ? steps.length - 1 : found;
  const from = Math.max(0, Math.min(middle - Math.floor((around - 1) / 2), steps.length - around));
  return [from, from + around];
}

function stepLine(step: StepView, view: RolloutView, last: boolean, { width, glyphs, paint }: Look): string {
  const mark = stepMark(step, view);
  const label = fit(step.label, width - 7, glyphs);
  const tone = step.state === "current" ? "strong" : step.state === "done" ? undefined : "dim";
  return `  ${paint("dim", last ? glyphs.last : glyphs.branch)} ${paint(mark.tone, glyphs[mark.glyph])} ${paint(tone, label)}`;
}

/** Who met what, as the gateway counted it. */
export function armLines(view: RolloutView, look: Look): string[] {
  const { live, plan } = view;
  if (live === null) return [];
  const unit = "request" in plan.unit ? [] : ["visitor" in plan.unit ? "VISITORS" : "UNITS"];
  const row = (name: string, revision: string, share: number | null, arm: (typeof live)["stable"]) => [
    `  ${name}`,
    fit(revision, 24, look.glyphs),
    share === null ? null : percent(share),
    whole(arm.requests),
    counted(arm.failures, arm.requests),
    ...unit.map(() => (arm.units === null ? null : whole(arm.units))),
  ];
  const rest = live.share === null ? null : FULL_WEIGHT - live.share;
  const canary =
    view.canary === null || view.release === 0 ? [] : [row("canary", view.canary, live.share, live.canary)];
  const head = ["  ARM", "REVISION", "SHARE", "REQUESTS", "FAILED", ...unit];
  const stable = view.release === 0 ? { ...live.stable, ...live.idle } : live.stable;
  const text = table(head, [row("stable", overOf(view), rest, stable), ...canary], look.paint);
  const lines = text.split("\n");
  return lines.some((line) => plainCells(line) > look.width) ? [] : lines;
}

// eslint-disable-next-line no-control-regex -- what `paint` adds takes no cells
const plainCells = (line: string) => cells(line.replace(/\u001b\[[0-9;]*m/g, ""));

/** What happened last, one line each. */
export function latelyLines(events: readonly EventView[], count: number, { width, glyphs, paint }: Look): string[] {
  const shown = count === 0 ? [] : events.slice(-count);
  if (shown.length === 0) return [];
  const lines = shown.map(({ at, sentence, severity }) => {
    const text = fit(sentence, width - 13, glyphs);
    return `  ${paint("dim", clockOf(at))}  ${paint(tones[severity], text)}`;
  });
  return [paint("strong", "Lately"), ...lines];
}
