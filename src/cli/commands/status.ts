/** `serin status NAME [-w] [-t 10m]` */
import { endsOf } from "../ends.ts";
import { exitOf } from "../exit.ts";
import { conclude, journalFrom, toTheEnd } from "../watch.ts";
import { durationOf, output, timeout, watch } from "./flags.ts";
import { NAME, verb } from "./verb.ts";

interface Flags {
  readonly watch?: true;
  readonly timeout?: string;
}

export const status = verb<Flags>({
  name: "status",
  group: "Look",
  summary: "how a release stands, as an exit code",
  about: `Exits by the outcome of the last release; with 8 while one is under way. With -w it follows the release until it
has ended, or until the time of -t is up. The last line is for programs: outcome=promoted release=3 revision=v2 ...`,
  examples: ["serin status shop", "serin status shop -w -t 30m"],
  args: [NAME],
  flags: [
    watch("follow it until the release has ended"),
    timeout("with -w: how long to wait at most"),
    output("json", "yaml", "name"),
  ],
  async run(call, [name], flags) {
    const client = await call.client();
    const timeoutMs = await durationOf(flags.timeout, "--timeout");
    if (flags.watch === undefined && timeoutMs === null) {
      const view = await client.get(name);
      await conclude(call, view);
      return exitOf(view);
    }
    const ends = endsOf(call.shell, { timeoutMs });
    try {
      return await toTheEnd(call, client, name, ends, await journalFrom(client, call.shell.stdout.isTTY));
    } finally {
      ends.close();
    }
  },
});
