/** Watching a rollout until something holds, on the screen that fits, and telling how it stands in the end. */
import type { RolloutView } from "../http/wire.ts";
import { clean } from "./clean.ts";
import type { Client } from "./client.ts";
import type { Call } from "./commands/verb.ts";
import type { Ends } from "./ends.ts";
import { exitOf, exits } from "./exit.ts";
import { follow, settled, unsettled } from "./follow.ts";
import { openScreen, type Screen } from "./screen.ts";
import { summarize, summaryLine } from "./summary.ts";

export interface Watching {
  readonly client: Client;
  readonly name: string;
  readonly ends: Ends;
  readonly screen: Screen;
  /** Events after this one are told. */
  readonly after: number;
  readonly patienceMs?: number;
  /** Whether it has seen enough. */
  until(view: RolloutView): boolean;
}

/** Shows `name` on the screen that fits for as long as `use` takes. */
export async function onScreen<T>({ shell, out }: Call, name: string, use: (screen: Screen) => Promise<T>): Promise<T> {
  const screen = await openScreen(shell, out, name);
  try {
    return await use(screen);
  } finally {
    await screen.close();
  }
}

/** Follows a release until it has ended and its last plan is live, or until something else ends that. Its exit code. */
export async function toTheEnd(call: Call, client: Client, name: string, ends: Ends, after: number): Promise<number> {
  const { shell } = call;
  const until = (view: RolloutView) => settled(view, shell.now());
  const [seen, shown] = await onScreen(call, name, async (screen) => {
    return [await watch(shell, { client, name, ends, screen, after, until }), screen.live] as const;
  });
  const view = seen ?? (await client.get(name));
  await conclude(call, view, shown);
  return waited(view, ends);
}

/** What was seen last; null when it ended before anything was. */
export async function watch(shell: Call["shell"], the: Watching): Promise<RolloutView | null> {
  const { client, name, ends, screen, patienceMs } = the;
  const how = { after: the.after, signal: ends.signal, ...(patienceMs === undefined ? {} : { patienceMs }) };
  let last: RolloutView | null = null;
  for await (const seen of follow(client, name, how, shell)) {
    screen.show(seen);
    if ("lost" in seen) continue;
    last = seen.view;
    if (the.until(last)) break;
  }
  return last;
}

/** How many entries of the journal a screen that has room looks back. */
const LOOK_BACK = 200;

/** Where the journal is to be read from: its end, or what led here where that is shown. */
export async function journalFrom(client: Client, back: boolean): Promise<number> {
  const last = await client.lastSeq();
  return back ? Math.max(0, last - LOOK_BACK) : last;
}

/** The last words of `run`, `wait` and `status`: the sentence, unless it stands on the screen, and the line for programs. */
export async function conclude({ out, shell }: Call, view: RolloutView, shown = false, idle = false): Promise<void> {
  const summary = summarize(view, shell.now(), idle);
  const said = shown || out.quiet;
  if (unsettled(view))
    out.note(`${view.name}: the router has not yet reported the last plan live; leave all backends running`);
  await out.value(summary, {
    text: (clear) => [...(said ? [] : [`${clear.rollout}: ${clear.sentence}`]), summaryLine(clear)].join("\n"),
    name: ({ outcome }) => outcome,
  });
}

/** The exit code of having waited for a release to end. */
export function waited(view: RolloutView, { why }: Ends): number {
  return why === "interrupted" ? exits.interrupted : exitOf(view);
}

export const named = (name: string, sentence: string) => `${clean(name)}: ${clean(sentence)}`;
