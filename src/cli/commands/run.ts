/** `serin run FILE` */
import { join } from "node:path";
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { RolloutView } from "../../http/wire.ts";
import { clean } from "../clean.ts";
import type { Client } from "../client.ts";
import type { Read } from "../document.ts";
import { dataDir, namedServer } from "../endpoint.ts";
import { endsOf, type Ends } from "../ends.ts";
import { decided, exitOf, exits } from "../exit.ts";
import { farewell, type Left } from "../farewell.ts";
import { settled } from "../follow.ts";
import { foreignFlags, readAny, type ForeignFlags } from "../foreign.ts";
import { begin, serves, underway } from "../release.ts";
import type { Screen } from "../screen.ts";
import { present, serving } from "../serving.ts";
import { conclude, onScreen, waited, watch } from "../watch.ts";
import { put } from "./apply.ts";
import { durationOf, output, timeout } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

interface Flags extends ForeignFlags {
  readonly listen: string;
  readonly timeout?: string;
  readonly retry?: true;
  readonly stop?: true;
}

export const run = verb<Flags>({
  name: "run",
  group: "Release",
  summary: "gateway, verdict and exit code of one document",
  about: `Serves the document's stable version, releases its canary, shows how that goes and exits by the outcome. The gateway
goes on serving afterwards, all by itself, with what the outcome left behind. Where a server has the data directory
already, it is asked to do all that instead.

Where the document asks for a watch after the promotion, it waits for its end, for what is taken back then exits with 3 too;
\`serin wait --for promoted\` does not wait so long.

Interrupted, it exits with 130: nobody judges the release from then on, the gateway goes on serving the split it had, and
the next \`serin run\` or \`serin serve\` goes on where it was. A second interrupt does not wait for anything.

A Canary of Flagger's or a Rollout of Argo's is run as it is, with the files that it refers to: --stable and --canary say
who answers. \`serin import\` shows the document that is made of it.`,
  examples: [
    "serin run canary.yaml metrics.yaml --stable http://127.0.0.1:9001 --canary http://127.0.0.1:9002",
    "serin run rollout.yaml",
    "serin run rollout.yaml -t 1h --data /var/lib/serin",
  ],
  args: [
    {
      name: "FILE",
      about: "the document; - for the standard input. Or a Canary of Flagger's, and what it refers to",
      many: true,
    },
  ],
  flags: [
    new Option("-l, --listen <address>", "where the API listens meanwhile; port 0 takes a free one").default(
      "127.0.0.1:0",
    ),
    timeout("how long to wait for the outcome"),
    new Option("--retry", "release the canary again when it was taken back before"),
    new Option("--stop", "end the gateway as well when this ends"),
    ...foreignFlags(),
    output("json", "yaml", "name"),
  ],
  async run(call, files, flags) {
    const timeoutMs = await durationOf(flags.timeout, "--timeout");
    const [file] = files;
    const secrets = call.where.server === undefined ? join(dataDir(call.where, call.shell), "secrets") : undefined;
    const document = await readAny(call, files, flags, secrets);
    const ends = endsOf(call.shell, { timeoutMs });
    try {
      return await released(call, { file, document, flags, ends });
    } finally {
      ends.close();
    }
  },
});

interface The {
  readonly file: string;
  readonly document: Read;
  readonly flags: Flags;
  readonly ends: Ends;
  /** Whether a server of somebody else's is asked to do it. */
  readonly other: boolean;
}

/** What became of it; null where it ended before anything was asked. */
type Result = {
  readonly view: RolloutView;
  /** Whether nothing was to be released. */
  readonly idle: boolean;
  readonly shown: boolean;
} | null;

async function released(call: Call, asked: Omit<The, "other">): Promise<number> {
  const { document, ends, flags } = asked;
  const data = dataDir(call.where, call.shell);
  const other = namedServer(call.where, call.shell) !== null || (await present(call, data)) !== null;
  if (other && flags.stop === true)
    throw new SerinError("USAGE", "--stop goes with a server of one's own; `serin stop` ends a gateway");
  const result = await (other ? throughOther(call, { ...asked, other }) : onOwn(call, { ...asked, other }, data));
  if (flags.stop === true) await call.modes.stopGateway({ data, name: document.name });
  if (result === null) return ends.why === "interrupted" ? exits.interrupted : exits.waiting;
  const { view, idle, shown } = result;
  await conclude(call, view, shown, idle);
  return idle ? exits.ok : waited(view, ends);
}

async function throughOther(call: Call, the: The): Promise<Result> {
  const client = await call.client();
  call.out.note(`The server at ${client.endpoint.url} has this data and is asked to do it.`);
  return release(call, client, the, () => {});
}

/** Lines of the server go where they disturb nothing: on the screen while there is one. */
async function onOwn(call: Call, the: The, data: string): Promise<Result> {
  let screen: Screen | null = null;
  const log = (line: string) => {
    if (screen?.live === true) screen.note(line);
    else call.shell.stderr.write(`serin: ${clean(line)}\n`);
  };
  return serving(call, the.ends, { data, listen: the.flags.listen, log }, async (client) => {
    call.out.note(`API at ${client.endpoint.url}, memory in ${data}`);
    return release(call, client, the, (opened) => {
      screen = opened;
    });
  });
}

async function release(call: Call, client: Client, the: The, opened: (screen: Screen | null) => void): Promise<Result> {
  const { document, file, ends } = the;
  const after = await client.lastSeq();
  if (ends.signal.aborted) return null;
  await put(client, document, file);
  const begun = await beginning(call, client, the);
  if (begun === null) return null;
  if (begun.idle) {
    farewell(call, leftBy(the), begun.view);
    return { ...begun, shown: false };
  }
  const result = await onScreen(call, document.name, async (screen) => {
    opened(screen);
    return {
      view: await followed(call, client, the, { screen, after, begun: begun.view }),
      idle: false,
      shown: screen.live,
    };
  }).finally(() => opened(null));
  const view = ends.why === null ? result.view : await newest(client, result.view);
  farewell(call, leftBy(the), view);
  return { ...result, view };
}

/** What was shown last may be younger than what was seen before it. */
const newest = (client: Client, seen: RolloutView): Promise<RolloutView> => client.get(seen.name).catch(() => seen);

/** The release to follow; or, where there is none and need not be, the idle rollout. */
async function beginning(
  { shell, out }: Call,
  client: Client,
  the: The,
): Promise<{ view: RolloutView; idle: boolean } | null> {
  const { name, rollout } = the.document;
  const { canary } = rollout;
  const how = { retry: the.flags.retry === true, ends: the.ends, shell };
  const view = canary === undefined ? await client.get(name) : await begin(client, name, canary, how);
  if (view === null) return null;
  const idle = !underway(view) && (canary === undefined || serves(view, canary));
  if (!idle && decided(view) && exitOf(view) !== exits.ok)
    out.note(
      `Release ${view.release} of ${clean(view.canary ?? "")} ended before this run; --retry releases it again.`,
    );
  return { view, idle };
}

interface Follow {
  readonly screen: Screen;
  readonly after: number;
  readonly begun: RolloutView;
}

async function followed(
  { shell }: Call,
  client: Client,
  the: The,
  { screen, after, begun }: Follow,
): Promise<RolloutView> {
  const until = (view: RolloutView) => view.release >= begun.release && settled(view, shell.now());
  const seen = await watch(shell, { client, name: begun.name, ends: the.ends, screen, after, until });
  return seen ?? begun;
}

const leftBy = ({ file, document, ends, flags, other }: The): Left => ({
  file,
  gateway: document.rollout.gateway.listen,
  ends,
  stop: flags.stop === true,
  other,
});
