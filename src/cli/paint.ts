/** Colour, where it is wanted: tones by meaning, so that one table says how each looks. Shapes carry the meaning without it. */
import { styleText } from "node:util";
import type { Severity } from "../rollout/events.ts";
import type { Shell, Sink } from "./shell.ts";

export type Tone = "good" | "bad" | "attention" | "accent" | "dim" | "strong";

/** What each tone looks like; the live view has the same. */
export const toneStyles = {
  good: "green",
  bad: "red",
  attention: "yellow",
  accent: "cyan",
  dim: "dim",
  strong: "bold",
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** The tone of an event by how loud it is. */
export const tones = { info: undefined, attention: "attention", good: "good", bad: "bad" } as const satisfies Record<
  Severity,
  Tone | undefined
>;

export type Paint = (tone: Tone | undefined, text: string) => string;

export const unpainted: Paint = (_tone, text) => text;
export const painted: Paint = (tone, text) =>
  tone === undefined ? text : styleText(toneStyles[tone], text, { validateStream: false });

/**
 * Whether to colour: never with --no-color or NO_COLOR (https://no-color.org: set and not empty); else on a terminal
 * that is not dumb, or where FORCE_COLOR asks for it.
 */
export function wantsColour(sink: Pick<Sink, "isTTY">, env: Shell["env"], noColorFlag: boolean): boolean {
  if (noColorFlag || (env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0" && forced !== "false";
  return sink.isTTY && env["TERM"] !== "dumb";
}
