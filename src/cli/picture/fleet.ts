/** All rollouts as a table: a column is a heading and what stands below it. */
import type { RolloutSummary } from "../../http/wire.ts";
import { age, table } from "../output.ts";
import type { Paint } from "../paint.ts";
import { stateMark } from "./marks.ts";
import { percent } from "./numbers.ts";

interface Column {
  readonly head: string;
  /** Only with `-o wide`. */
  readonly wide?: true;
  readonly cell: (one: RolloutSummary, now: number) => string | null;
}

/** null before anything was ever released. */
const released = (one: RolloutSummary, text: string | null) => (one.release === 0 ? null : text);

const columns: readonly Column[] = [
  { head: "NAME", cell: ({ name }) => name },
  { head: "STATE", cell: (one) => stateMark(one).word },
  { head: "RELEASE", cell: (one) => released(one, String(one.release)) },
  { head: "STABLE", cell: ({ stable }) => stable },
  { head: "CANARY", cell: (one) => released(one, one.canary) },
  { head: "STEP", cell: (one) => released(one, `${Math.min(one.step, one.steps)}/${one.steps}`) },
  { head: "SHARE", cell: ({ weight }) => `${weight / 100} %` },
  { head: "MEASURED", wide: true, cell: ({ liveWeight }) => (liveWeight === null ? null : percent(liveWeight)) },
  { head: "AGE", cell: ({ startedAt }, now) => (startedAt === null ? null : age(now - startedAt)) },
  { head: "SENTENCE", wide: true, cell: ({ sentence }) => sentence },
];

/** The heading and one line for each. */
export function fleetLines(
  rollouts: readonly RolloutSummary[],
  { now, wide, paint }: { readonly now: number; readonly wide: boolean; readonly paint: Paint },
): readonly string[] {
  const shown = columns.filter((column) => wide || column.wide === undefined);
  const rows = rollouts.map((one) => shown.map(({ cell }) => cell(one, now)));
  const heads = shown.map(({ head }) => head);
  return table(heads, rows, paint).split("\n");
}
