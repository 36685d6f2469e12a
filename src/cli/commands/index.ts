/** All commands, in the order of the help. A new one is a file and a line here. */
import { aa } from "./aa.ts";
import { abort } from "./abort.ts";
import { apply } from "./apply.ts";
import { approve } from "./approve.ts";
import { backtest } from "./backtest.ts";
import { completion } from "./completion.ts";
import { remove } from "./delete.ts";
import { events } from "./events.ts";
import { explain } from "./explain.ts";
import { exposure } from "./exposure.ts";
import { exporting } from "./export.ts";
import { gates } from "./gates.ts";
import { get } from "./get.ts";
import { kayenta } from "./kayenta.ts";
import { importing } from "./import.ts";
import { lint } from "./lint.ts";
import { list } from "./list.ts";
import { notify } from "./notify.ts";
import { pause } from "./pause.ts";
import { plan } from "./plan.ts";
import { promote } from "./promote.ts";
import { replay } from "./replay.ts";
import { resume } from "./resume.ts";
import { retry } from "./retry.ts";
import { run } from "./run.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { simulate } from "./simulate.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { undo } from "./undo.ts";
import type { Verb } from "./verb.ts";
import { version } from "./version.ts";
import { wait } from "./wait.ts";

export const verbs: readonly Verb[] = [
  run,
  start,
  wait,
  approve,
  pause,
  resume,
  promote,
  abort,
  retry,
  undo,
  get,
  list,
  status,
  explain,
  exposure,
  events,
  lint,
  apply,
  remove,
  gates,
  schema,
  notify,
  importing,
  plan,
  simulate,
  backtest,
  replay,
  exporting,
  aa,
  kayenta,
  serve,
  stop,
  version,
  completion,
];
