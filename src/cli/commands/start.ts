/** `serin start NAME --canary URL --revision X` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { SignalRequest } from "../../http/wire.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { journalFrom, toTheEnd } from "../watch.ts";
import { ask, reasonOf, send, type WhyFlags } from "./asking.ts";
import { durationOf, output, timeout, watch, why } from "./flags.ts";
import { NAME, verb, type Call } from "./verb.ts";

interface Flags extends WhyFlags {
  readonly canary?: readonly string[];
  readonly revision?: string;
  readonly watch?: true;
  readonly timeout?: string;
}

export const start = verb<Flags>({
  name: "start",
  group: "Release",
  summary: "begin the next release",
  about: `Releases what the document names as canary, or the backends and revision that are given here. The server goes on
serving; nothing restarts and no request is dropped.`,
  examples: [
    "serin start shop --canary http://127.0.0.1:9003 --revision v3",
    "serin start shop --canary http://10.0.0.7:9003,http://10.0.0.8:9003 --revision v3 -w",
  ],
  args: [NAME],
  flags: [
    new Option(
      "--canary <url>",
      "where the new revision answers: http://HOST:PORT; several by commas, or said again",
    ).argParser((url, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...url.split(",").filter((one) => one !== ""),
    ]),
    new Option("--revision <name>", "what it is called: a version, a tag, a commit"),
    why(),
    watch("follow it until it is decided; exit by its outcome"),
    timeout("with -w: how long to follow it"),
    output("json", "yaml", "name"),
  ],
  async run(call, [name], flags) {
    const asked: SignalRequest = { verb: "start", ...canaryOf(flags), ...reasonOf(flags) };
    if (flags.watch === undefined && flags.timeout !== undefined)
      throw new SerinError("USAGE", "--timeout goes with -w");
    const timeoutMs = await durationOf(flags.timeout, "--timeout");
    if (flags.watch === undefined) {
      await ask(call, name, asked);
      return exits.ok;
    }
    return followed(call, name, asked, timeoutMs);
  },
});

function canaryOf({ canary: backends = [], revision }: Flags): Pick<SignalRequest, "canary"> {
  if (backends.length === 0 && revision === undefined) return {};
  if (revision === undefined)
    throw new SerinError("USAGE", "--canary needs a --revision: what the new version is called");
  if (backends.length === 0)
    throw new SerinError("USAGE", "--revision needs a --canary: where the new version answers");
  return { canary: { revision, backends: [...backends] } };
}

async function followed(call: Call, name: string, asked: SignalRequest, timeoutMs: number | null): Promise<number> {
  const client = await call.client();
  const after = await journalFrom(client, false);
  const ends = endsOf(call.shell, { timeoutMs });
  try {
    await send(client, name, asked);
    return await toTheEnd(call, client, name, ends, after);
  } finally {
    ends.close();
  }
}
