/** What is to be known of a gate whatever its kind, also of one that is newer than this page. */
import type { GateView } from "../../../src/http/wire.ts";

/** Kinds that follow a rule: nothing is weighed for or against them. */
const ruled: readonly string[] = ["threshold", "kayenta"];

/** Whether its verdict rests on evidence that can be shown on its way to a mark. */
export const weighs = ({ kind, verdict, numbers }: Pick<GateView, "kind" | "verdict" | "numbers">): boolean =>
  verdict === null ? !ruled.includes(kind) : numbers["harmNeeded"] !== undefined;
