/**
 * A rollout at a glance, for people: what it is doing, in words; how far it is, in bars; what its gates say; its steps.
 * `get` prints it once, the live view again and again. Where there is no room for all of it, the least telling goes first.
 */
import type { EventView, RolloutView } from "../../http/wire.ts";
import { cleaned } from "../clean.ts";
import { fit } from "../glyphs.ts";
import type { Look } from "./bars.ts";
import {
  armLines,
  gateLines,
  latelyLines,
  progressLines,
  sentenceLines,
  stepLines,
  title,
  watchLines,
} from "./parts.ts";
import { span } from "./numbers.ts";
import { splitLines, stripLines } from "./strip.ts";

export interface Scene {
  readonly view: RolloutView;
  readonly events: readonly EventView[];
  /** What else is to be said, newest last. */
  readonly notes: readonly string[];
  /** Since when the server has not been heard; null while it is. Epoch milliseconds. */
  readonly lostAt: number | null;
  readonly now: number;
}

/** How much is shown, richest first. */
const plenty = [
  { reasons: true, arms: true, steps: Infinity, lately: 5 },
  { reasons: true, arms: true, steps: 7, lately: 3 },
  { reasons: true, arms: true, steps: 3, lately: 1 },
  { reasons: true, arms: false, steps: 3, lately: 1 },
  { reasons: false, arms: false, steps: 3, lately: 1 },
  { reasons: false, arms: false, steps: 0, lately: 1 },
  { reasons: false, arms: false, steps: 0, lately: 0 },
];
type Plenty = (typeof plenty)[number];

/** The picture in at most `rows` lines, each at most `look.width` cells wide. */
export function picture(scene: Scene, look: Look, rows = Infinity): string[] {
  const clean = cleaned(scene);
  for (const much of plenty) {
    const lines = drawn(clean, look, much);
    if (lines.length <= rows) return lines;
  }
  return drawn(clean, look, plenty[plenty.length - 1]).slice(0, Math.max(1, rows));
}

function drawn({ view, events, notes, lostAt, now }: Scene, look: Look, much: Plenty): string[] {
  const { glyphs, paint, width } = look;
  const stale = lostAt === null ? [] : [paint("attention", fit(lostWords(now - lostAt, glyphs.error), width, glyphs))];
  const parts = [
    [...title(view, look), ...stale, ...sentenceLines(view, look)],
    progressLines(view, now, look),
    much.reasons ? watchLines(view, look) : [],
    view.release === 0 ? [] : gateLines(view.gates, look, much.reasons),
    view.release === 0 ? [] : stripLines(much.arms ? view.strips : lost(view.strips), look),
    view.release === 0 ? [] : splitLines(view.live, look),
    much.arms ? armLines(view, look) : [],
    much.steps === 0 ? [] : stepLines(view, look, much.steps),
    [
      ...latelyLines(events, much.lately, look),
      ...notes.slice(-3).map((note) => paint("dim", fit(note, width, glyphs))),
    ],
  ];
  return parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

/** Those that must be told however little room there is. */
const lost = (strips: RolloutView["strips"]) => strips.filter(({ ground }) => ground !== "valid");

const lostWords = (ms: number, mark: string) =>
  `${mark} stale: the server has not answered for ${span(ms)}; it is asked again and again`;
