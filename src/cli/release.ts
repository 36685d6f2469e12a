/** From a document that was put to its canary's release: has it begun, was it released before, does it serve already? */
import { SerinError } from "../errors.ts";
import type { RolloutView } from "../http/wire.ts";
import type { Client } from "./client.ts";
import { send } from "./commands/asking.ts";
import type { Ends } from "./ends.ts";
import { decided } from "./exit.ts";
import type { Shell } from "./shell.ts";

interface Arm {
  readonly revision: string;
  readonly backends: readonly string[];
}

const same = (a: Arm | null, b: Arm) =>
  a !== null && a.revision === b.revision && a.backends.join(" ") === b.backends.join(" ");

/** Whether it serves everybody already, not through its last release. */
export const serves = ({ stableArm, outcome, canaryArm }: RolloutView, canary: Arm): boolean =>
  same(stableArm, canary) && !(outcome === "promoted" && same(canaryArm, canary));

export const underway = ({ phase }: RolloutView): boolean => phase === "progressing" || phase === "paused";

const released = ({ release, canaryArm }: RolloutView, canary: Arm) => release > 0 && same(canaryArm, canary);

/** The engine looks at a new document at once; it has been somewhere else if it has not by then. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

interface How {
  /** Whether a canary that was taken back is to be released again. */
  readonly retry: boolean;
  readonly ends: Ends;
  readonly shell: Pick<Shell, "now" | "sleep">;
}

/**
 * The rollout once the canary's release has begun, or where it is the last one, or where the canary serves already; null
 * when something ended the waiting. Throws CONFLICT when the document was put and nothing came of it.
 */
export async function begin(
  client: Client,
  name: string,
  canary: Arm,
  { retry, ends, shell }: How,
): Promise<RolloutView | null> {
  const found = await first(client, name, ends, shell, (view) => released(view, canary) || serves(view, canary));
  if (found === null || found === "never") return found === null ? null : refuse(name, canary);
  if (!retry || found.phase !== "aborted" || !decided(found) || !released(found, canary)) return found;
  await send(client, name, { verb: "retry" });
  const again = await first(client, name, ends, shell, ({ release }) => release > found.release);
  return again === "never" ? refuse(name, canary) : again;
}

async function first(
  client: Client,
  name: string,
  ends: Ends,
  shell: How["shell"],
  holds: (view: RolloutView) => boolean,
): Promise<RolloutView | "never" | null> {
  const until = shell.now() + PATIENCE_MS;
  while (!ends.signal.aborted) {
    const view = await client.get(name);
    if (holds(view)) return view;
    if (shell.now() >= until) return "never";
    await shell.sleep(LOOK_MS, ends.signal);
  }
  return null;
}

function refuse(name: string, { revision }: Arm): never {
  throw new SerinError(
    "CONFLICT",
    `${name}: the document named ${revision} before and nothing has been released since it was put`,
    {
      details: { hint: `\`serin start ${name}\` releases it, \`serin get ${name}\` shows what it is doing` },
    },
  );
}
