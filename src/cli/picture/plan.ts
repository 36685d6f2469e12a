/** A plan as people read it: what it comes to, stage by stage in a sentence, then the numbers, then what to beware of. */
import { rough } from "../../analysis/words.ts";
import { span, type GateLook, type Plan, type StagePlan } from "../../sim/plan/index.ts";
import { wrap } from "../glyphs.ts";
import { table } from "../output.ts";
import type { Look } from "./bars.ts";

export function planLines(plan: Plan, look: Look, wide = false): string[] {
  const { width, glyphs, paint } = look;
  const said = (text: string) => wrap(text, width, glyphs);
  const warnings = plan.warnings.flatMap((text) => said(`! ${text}.`).map((line) => paint("attention", line)));
  return [
    ...said(plan.sentence),
    ...said(`Taken for true: ${plan.assumed}`).map((line) => paint("dim", line)),
    ...plan.stages.flatMap((stage) => ["", ...stageLines(stage, look)]),
    "",
    ...tableOf(plan, look, wide).split("\n"),
    ...(warnings.length === 0 ? [] : ["", ...warnings]),
  ];
}

function stageLines(
  { stage, label, ms, wellMs, sentences, gates }: StagePlan,
  { width, glyphs, paint }: Look,
): string[] {
  const least = wellMs === null ? "not shown to be safe in that time" : `if all is well ${span(wellMs)}`;
  const well = gates.length === 0 ? "" : `, ${least}`;
  const head = `Stage ${stage + 1}, ${label}: ${ms === 0 ? "as long as it takes" : `at most ${span(ms)}`}${well}`;
  const body = sentences.flatMap((text) => wrap(text, width - 2, glyphs).map((line) => `  ${line}`));
  return [paint("strong", head), ...body];
}

interface Column {
  readonly head: string;
  readonly wide?: true;
  readonly cell: (gate: GateLook, stage: StagePlan) => string | null;
}

const time = (ms: number | null) => (ms === null ? "never" : span(ms));
const two = ([mean, most]: GateLook["units"]) =>
  mean === null || most === null ? null : `${some(mean)} / ${some(most)}`;
const some = (n: number) => rough(Math.max(0, n));
/** Nothing that is left to chance is certain. */
function percent(p: number | null): string | null {
  if (p === null) return null;
  return p > 0.9995 && p < 1 ? "> 99.9 %" : `${rough(p * 100)} %`;
}

const columns: readonly Column[] = [
  { head: "STAGE", cell: (_gate, { label }) => label },
  { head: "GATE", cell: ({ gate, dryRun }) => (dryRun ? `${gate} (dry run)` : gate) },
  { head: "FEARED", cell: ({ fear }) => fear },
  { head: "NOTICED", cell: ({ noticed }) => time(noticed.meanMs) },
  { head: "19 OF 20", cell: ({ noticed }) => time(noticed.ms) },
  { head: "REQUESTS", cell: ({ units }) => two(units) },
  { head: "MORE BAD", cell: ({ extra }) => two(extra) },
  { head: "IN TIME", cell: ({ chance }) => percent(chance) },
  { head: "LEAST SEEN", cell: ({ smallestInWords }) => smallestInWords },
  {
    head: "BEGUN HERE",
    wide: true,
    cell: ({ late }) => (late.ms === null ? "never" : `${time(late.meanMs)} / ${time(late.ms)}`),
  },
  {
    head: "CLOSED FORM",
    wide: true,
    cell: ({ closed }) => (closed.ms === null ? null : `${time(closed.meanMs)} / ${time(closed.ms)}`),
  },
  { head: "BOUND", wide: true, cell: ({ boundMs }) => (boundMs === null ? null : time(boundMs)) },
  { head: "SAFE AFTER", wide: true, cell: ({ safeMs }) => (safeMs === null ? null : time(safeMs)) },
  { head: "HOW", wide: true, cell: ({ method }) => method },
];

function tableOf({ stages }: Plan, { paint }: Look, wide: boolean): string {
  const shown = columns.filter((column) => wide || column.wide === undefined);
  const rows = stages.flatMap((stage) => stage.gates.map((gate) => shown.map(({ cell }) => cell(gate, stage))));
  return table(
    shown.map(({ head }) => head),
    rows,
    paint,
  );
}
