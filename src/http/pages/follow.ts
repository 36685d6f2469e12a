/**
 * The live stream of a page: the journal entry by entry, which resumes, and the state whole, which need not. One stream a
 * page, for a browser opens six connections to a server and no more.
 */
import type { Records } from "../../engine/ports.ts";
import type { Changes } from "../changes.ts";
import type { ServerDeps } from "../deps.ts";
import { eventView } from "../views.ts";
import type { Beat, Frame } from "../wire-pages.ts";
import { overviewOf, PACE_MS, type Snapshots } from "./snapshots.ts";
import type { Traces } from "./traces.ts";

/** Entries read at once. */
const PAGE = 200;
/** A sign of life this often: a page that misses three says that it is stale. */
const BEAT_MS = 4000;
/** How long a page is asked to wait before it comes back. */
const RETRY_MS = 1000;

/** The answering end of a stream. */
export interface Listener {
  readonly gone: AbortSignal;
  write(text: string): Promise<void>;
}

export interface Following {
  readonly deps: ServerDeps;
  readonly traces: Traces;
  readonly changes: Changes;
  readonly snapshots: Snapshots;
}

export interface From {
  readonly after: number;
  readonly rollout?: string | undefined;
  /** Asked now and then: who may look no more is told no more. */
  allowed(): boolean;
}

const frame = (event: Frame, data: unknown, id?: number): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export async function follow(listener: Listener, from: From, parts: Following): Promise<void> {
  const { deps, changes } = parts;
  const state = from.rollout === undefined ? fleetState(parts) : rolloutState(parts, from.rollout);
  let { after } = from;
  let beatAt = -Infinity;
  await listener.write(`retry: ${RETRY_MS}\nid: ${after}\n\n`);
  while (!listener.gone.aborted && from.allowed()) {
    const mark = changes.mark();
    const told = await entries(deps.records, after, from.rollout);
    after = told.after;
    const beat: Beat = { now: deps.now(), serin: deps.version };
    const due = performance.now() - beatAt >= BEAT_MS;
    const text = told.text + (await state()) + (due ? frame("beat", beat) : "");
    if (text !== "") await listener.write(text);
    if (due) beatAt = performance.now();
    if (!told.more) await calm(changes, mark, listener.gone);
  }
}

/** Until something has changed, and never faster than the pace. */
async function calm(changes: Changes, mark: number, gone: AbortSignal): Promise<void> {
  const began = performance.now();
  await changes.after(mark, BEAT_MS / 4, gone);
  const early = PACE_MS - (performance.now() - began);
  if (early > 0) await pause(early, gone);
}

const pause = (ms: number, gone: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    gone.addEventListener("abort", done);
  });

async function entries(records: Records, after: number, rollout: string | undefined) {
  const page = await records.journal(after, { ...(rollout === undefined ? {} : { rollout }), limit: PAGE });
  const text = page.map((entry) => frame("journal", eventView(entry), entry.seq)).join("");
  return { text, after: page.at(-1)?.seq ?? after, more: page.length === PAGE };
}

/** Frames for what changed since it was last asked. */
type State = () => Promise<string>;

function fleetState({ snapshots }: Following): State {
  let since = 0;
  let first = true;
  return async () => {
    const { stamp, rows, gone } = await snapshots.news(since);
    since = stamp;
    const fleet = rows.length > 0 || first ? frame("fleet", rows) : "";
    const removed = first ? "" : gone.map((name) => frame("gone", { name })).join("");
    first = false;
    return fleet + removed;
  };
}

function rolloutState(parts: Following, name: string): State {
  let last = "";
  return async () => {
    const seen = await overviewOf(parts, name);
    if (seen === null) return last === "gone" ? "" : ((last = "gone"), frame("gone", { name }));
    const { now: _now, ...rest } = seen;
    const text = JSON.stringify(rest);
    if (text === last) return "";
    last = text;
    return frame("overview", seen);
  };
}
