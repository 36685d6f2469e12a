/** What a command prints: one value, as text for people or as JSON, YAML or names for programs. */
import type { Glyphs } from "./glyphs.ts";
import { cells, glyphsOf, pad } from "./glyphs.ts";
import { clean, cleaned, safeJson } from "./clean.ts";
import { painted, unpainted, wantsColour, type Paint } from "./paint.ts";
import type { Shell } from "./shell.ts";

export const formats = ["json", "yaml", "csv", "wide", "name"] as const;
export type Format = (typeof formats)[number];

/** How people see a value. Strings in what these are given are already fit for a terminal. */
export interface Faces<T> {
  readonly text: (value: T) => string;
  readonly wide?: (value: T) => string;
  readonly name?: (value: T) => string;
  /** Whole lines for a spreadsheet. */
  readonly csv?: (value: T) => string;
}

export class Output {
  readonly format: Format | null;
  readonly quiet: boolean;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  readonly #shell: Shell;
  #documents = 0;

  constructor(
    shell: Shell,
    flags: { readonly output?: Format | undefined; readonly quiet: boolean; readonly color: boolean },
  ) {
    this.#shell = shell;
    this.format = flags.output ?? null;
    this.quiet = flags.quiet;
    this.paint = wantsColour(shell.stdout, shell.env, !flags.color) ? painted : unpainted;
    this.glyphs = glyphsOf(shell.env);
  }

  /** Whether programs read what is printed: then nothing else may go to stdout. */
  get machine(): boolean {
    return this.format === "json" || this.format === "yaml" || this.format === "csv";
  }

  /** Cells to lay out for: the terminal's, else 100, which log viewers show without wrapping. */
  get width(): number {
    return Math.max(20, this.#shell.stdout.columns ?? 100);
  }

  line(text: string): void {
    this.#shell.stdout.write(`${text}\n`);
  }

  /** Progress for people: on stdout, or on stderr where stdout belongs to a program; nowhere with -q. */
  note(text: string): void {
    if (this.quiet) return;
    const people = this.format === null || this.format === "wide";
    (people ? this.#shell.stdout : this.#shell.stderr).write(`${text}\n`);
  }

  /** One value as asked for. `many`: one of several of a watch (JSON lines, YAML documents). */
  async value<T>(value: T, faces: Faces<T>, many = false): Promise<void> {
    if (this.format === "json") return this.line(many ? safeJson(value) : safeJson(value, 2));
    if (this.format === "yaml") return this.#yaml(value, many);
    if (this.format === "csv" && faces.csv) return this.#shell.stdout.write(faces.csv(cleaned(value)));
    const face = (this.format === "name" && faces.name) || (this.format === "wide" && faces.wide) || faces.text;
    const text = face(cleaned(value));
    if (text !== "") this.line(text);
  }

  async #yaml(value: unknown, many: boolean): Promise<void> {
    const { safeYaml } = await import("./yaml.ts");
    if (many && this.#documents > 0) this.line("---");
    this.#documents += 1;
    this.#shell.stdout.write(safeYaml(value));
  }
}

/** Columns as wide as their widest cell, two blanks between; the last one is not padded. `null` cells show as a dash. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  paint: Paint = unpainted,
): string {
  const all = [head, ...rows].map((row) => row.map((cell) => (cell === null || cell === "" ? "-" : clean(cell))));
  const widths = head.map((_, column) => Math.max(...all.map((row) => cells(row[column] ?? ""))));
  const lines = all.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i]))).join("  "));
  return [paint("strong", lines[0]), ...lines.slice(1)].join("\n");
}

/** Epoch milliseconds as logs have it: UTC, whole seconds, sortable. */
export const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** How long ago, in one or two units: 95 s -> "95s", 3 h 20 min -> "3h20m", as kubectl shows ages. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return `${s}s`;
  const m = Math.floor(s / 60);
  if (m < 10) return s % 60 === 0 ? `${m}m` : `${m}m${s % 60}s`;
  if (m < 180) return `${m}m`;
  const h = Math.floor(m / 60);
  if (h < 8) return m % 60 === 0 ? `${h}h` : `${h}h${m % 60}m`;
  if (h < 48) return `${h}h`;
  const d = Math.floor(h / 24);
  return d < 8 && h % 24 !== 0 ? `${d}d${h % 24}h` : `${d}d`;
}
