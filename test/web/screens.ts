/** Every screen of the dashboard, over the cast of the demonstration: for checks that concern all of them, and for pictures. */
import { cast } from "../../web/dev/cast.ts";
import { openStage, type Stage } from "../../web/dev/stage.ts";

export interface Screen {
  readonly name: string;
  readonly path: (stage: Stage) => Promise<string> | string;
  /** What is there when it has been drawn. */
  readonly ready: string;
}

/** The entry of the journal that told of a rollback. */
async function rollback({ store }: Stage): Promise<string> {
  const journal = await store.journal(0, { rollout: "search", limit: 1000 });
  const found = journal.find(({ event }) => event.type === "rolledBack");
  return `/rollouts/search/why/${found?.seq ?? journal.at(-1)?.seq}`;
}

const at = (path: string) => () => path;

export const screens: readonly Screen[] = [
  { name: "fleet", path: at("/"), ready: "role=table" },
  { name: "release", path: at("/rollouts/checkout"), ready: "canvas" },
  { name: "rolled-back", path: at("/rollouts/recommendations"), ready: "canvas" },
  { name: "approval", path: at("/rollouts/payments"), ready: "canvas" },
  { name: "why", path: rollback, ready: "text=How it stood when it was decided" },
  { name: "decisions", path: at("/rollouts/checkout/why"), ready: "ol" },
  { name: "exposure", path: at("/rollouts/checkout/exposure"), ready: "canvas" },
  { name: "history", path: at("/history"), ready: "text=/^Of \\d+ release/" },
  { name: "story", path: at("/rollouts/mail/releases/1"), ready: "canvas" },
  { name: "document", path: at("/rollouts/checkout/document"), ready: "pre" },
  { name: "planner", path: at("/plan?name=checkout"), ready: "text=Smallest harm it sees" },
  { name: "new", path: at("/new"), ready: "textarea" },
  { name: "workshop", path: at("/rollouts/mail/workshop"), ready: "textarea" },
  { name: "settings", path: at("/settings"), ready: "text=Links to look at a release" },
  { name: "empty", path: at("/rollouts/profile"), ready: "text=Nothing has been released yet" },
];

/** A quarter of an hour in: some are promoted, some taken back, some under way, some wait. Time stands nearly still. */
export const openStreet = (dashboard: string, now: number): Promise<Stage> =>
  openStage({ cast, speed: 0.01, playedMs: 480_000, now, dashboard });
