/** The last words of `run`: what goes on without it, and how to have it otherwise. Said before anything is closed. */
import type { RolloutView } from "../http/wire.ts";
import { clean } from "./clean.ts";
import type { Call } from "./commands/verb.ts";
import type { Ends } from "./ends.ts";

export interface Left {
  /** The document, as it was named. */
  readonly file: string;
  /** Where its gateway listens. */
  readonly gateway: { readonly host: string; readonly port: number };
  readonly ends: Ends;
  /** Whether the gateway is ended as well. */
  readonly stop: boolean;
  /** Whether it is somebody else's server that judges. */
  readonly other: boolean;
}

export function farewell({ out, shell }: Pick<Call, "out" | "shell">, left: Left, view: RolloutView): void {
  const { ends, other, stop } = left;
  if (ends.why !== null) {
    const what = ends.why === "late" ? "The time is up." : "Interrupted.";
    const over = shell.stderr.isTTY ? "\r" : ""; // over the ^C that the terminal shows
    shell.stderr.write(`${over}serin: ${what} ${other ? othersGoOn(view) : nobodyJudges(left, view)}\n`);
  } else if (!other && !stop) {
    out.note(
      `The gateway goes on serving at ${addressOf(left)}. \`serin stop ${view.name}\` ends it, \`serin serve\` takes control again.`,
    );
  }
}

function addressOf({ gateway: { host, port } }: Left): string {
  if (host === "") return `port ${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

const othersGoOn = ({ name }: RolloutView) =>
  `The server goes on with the release; \`serin status ${name} -w\` follows it again.`;

function nobodyJudges({ file, stop }: Left, { weight, canary, liveAt }: RolloutView): string {
  const wanted = `${weight / 100} % of traffic to ${clean(canary ?? "the canary")}`;
  const split = liveAt === null ? `which is not yet ${wanted}` : wanted;
  const gateway = stop ? "its gateway ends too" : `the gateway goes on serving its last plan, ${split}`;
  const again = file === "-" ? "serin serve" : `serin run ${file}`;
  return `Nobody judges the release from now on; ${gateway}. \`${again}\` goes on where it was.`;
}
