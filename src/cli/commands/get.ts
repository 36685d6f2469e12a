/** `serin get [NAME] [-w]` */
import type { RolloutView } from "../../http/wire.ts";
import { endsOf } from "../ends.ts";
import { exits } from "../exit.ts";
import { follow } from "../follow.ts";
import { journalFrom, onScreen, watch as watchOn } from "../watch.ts";
import { durationOf, output, timeout, watch } from "./flags.ts";
import { listed } from "./list.ts";
import { NAME, verb, type Call } from "./verb.ts";

interface Flags {
  readonly watch?: true;
  readonly timeout?: string;
}

export const get = verb<Flags>({
  name: "get",
  group: "Look",
  summary: "one rollout at a glance; all of them without a name",
  about: `What it is doing in one sentence, how far it is, what its gates say and its steps. With -w it is live on a terminal
and goes on, release after release, until interrupted; where it is piped there is one line an event.`,
  examples: ["serin get shop", "serin get shop -w", "serin get shop -o json | jq .gates"],
  args: [{ ...NAME, optional: true }],
  flags: [watch(), timeout("with -w: how long to follow it"), output("json", "yaml", "wide", "name")],
  async run(call, [name], flags) {
    const limits = { timeoutMs: await durationOf(flags.timeout, "--timeout"), forReaders: true };
    if (name === undefined) return listed(call, flags.watch === true, limits);
    if (flags.watch === undefined) return once(call, name);
    return call.out.machine ? stream(call, name, limits) : live(call, name, limits);
  },
});

async function once({ client, out, shell }: Call, name: string): Promise<number> {
  const view = await (await client()).get(name);
  const [{ picture }, { fullLines }] = await Promise.all([import("../picture/index.ts"), import("../picture/full.ts")]);
  const scene = { events: [], notes: [], lostAt: null, now: shell.now() };
  const drawn = (clear: RolloutView) => picture({ ...scene, view: clear }, out);
  await out.value(view, {
    text: (clear) => drawn(clear).join("\n"),
    wide: (clear) => [...drawn(clear), ...fullLines(clear, out)].join("\n"),
    name: (clear) => clear.name,
  });
  return exits.ok;
}

async function live(call: Call, name: string, limits: Parameters<typeof endsOf>[1]): Promise<number> {
  const { shell } = call;
  const client = await call.client();
  const ends = endsOf(shell, limits);
  try {
    const after = await journalFrom(client, shell.stdout.isTTY);
    const the = { client, name, ends, after, patienceMs: Infinity, until: () => false };
    await onScreen(call, name, (screen) => watchOn(shell, { ...the, screen }));
    return ends.why === "interrupted" ? exits.interrupted : exits.ok;
  } finally {
    ends.close();
  }
}

/** For programs: the whole of it, again after every commit. */
async function stream(call: Call, name: string, limits: Parameters<typeof endsOf>[1]): Promise<number> {
  const ends = endsOf(call.shell, limits);
  let version = -1;
  try {
    const how = { after: null, signal: ends.signal, patienceMs: Infinity };
    for await (const seen of follow(await call.client(), name, how, call.shell)) {
      if ("lost" in seen || seen.view.version === version) continue;
      ({ version } = seen.view);
      await call.out.value(seen.view, { text: () => "" }, true);
    }
    return ends.why === "interrupted" ? exits.interrupted : exits.ok;
  } finally {
    ends.close();
  }
}
