/** `serin serve [FILE...]` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import { clean } from "../clean.ts";
import type { Client } from "../client.ts";
import { readAll } from "../document.ts";
import { USUAL_LISTEN } from "../endpoint.ts";
import { endsOf, type Ends } from "../ends.ts";
import { exits } from "../exit.ts";
import { stamp } from "../output.ts";
import { tones } from "../paint.ts";
import { refuseSecond, serving } from "../serving.ts";
import { put } from "./apply.ts";
import { output } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

export const serve = verb<{ readonly listen: string; readonly publicUrl?: string }>({
  name: "serve",
  group: "Server",
  summary: "serve and judge many rollouts until it is told to stop",
  about: `Takes up what the data directory remembers, adds the documents that are named, and shows what happens, one line an
event. SIGINT or SIGTERM end it, with exit code 0; gateways go on serving their last plan until the next \`serin serve\`
or until \`serin stop NAME\`. Listening on an address that others can reach needs tokens: SERIN_TOKEN, or --token-file
with a line of name, role (report, view, act or admin) and token for each. Documents may run programs (hooks, metric
sources) only where SERIN_COMMANDS=allow is set.`,
  examples: ["serin serve", "serin serve rollout.yaml --listen 127.0.0.1:7077 --data /var/lib/serin"],
  args: [{ name: "FILE", about: "documents to serve", many: true, optional: true }],
  flags: [
    new Option("-l, --listen <address>", "where the API listens; port 0 takes a free one").default(USUAL_LISTEN),
    new Option("--public-url <url>", "where others reach it, for the links in messages (SERIN_PUBLIC_URL)"),
    output("json"),
  ],
  async run(call, files, { listen, publicUrl }) {
    if (call.where.server !== undefined)
      throw new SerinError("USAGE", "serve is a server itself: --server does not go with it");
    const read = await readAll(files, call.shell);
    const data = await refuseSecond(call);
    const ends = endsOf(call.shell, {});
    const log = (line: string) => call.shell.stderr.write(`serin: ${clean(line)}\n`);
    try {
      await serving(call, ends, { data, listen, publicUrl, log }, async (client) => {
        const after = await client.lastSeq();
        call.out.note(`API at ${client.endpoint.url}, memory in ${data}`);
        for (const one of read) await put(client, one.read, one.file);
        await journal(call, client, ends, after);
      });
      call.out.note("Control has ended; gateways go on serving their last plan.");
      return exits.ok;
    } finally {
      ends.close();
    }
  },
});

async function journal({ out }: Call, client: Client, ends: Ends, after: number): Promise<void> {
  for await (const next of client.stream({ after, signal: ends.signal, patienceMs: Infinity })) {
    if (!("event" in next)) continue;
    const { at, rollout, sentence, severity } = next.event;
    const text = `${out.paint("dim", stamp(at))}  ${clean(rollout)}  ${out.paint(tones[severity], clean(sentence))}`;
    if (out.machine) await out.value(next.event, { text: () => text }, true);
    else out.note(text);
  }
}
