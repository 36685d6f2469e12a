/** The commands that ask something of a rollout: one signal each, whose answer is waited for. */
import { SerinError } from "../../errors.ts";
import type { SignalRequest, SignalResult } from "../../http/wire.ts";
import type { Client } from "../client.ts";
import { exits } from "../exit.ts";
import { named } from "../watch.ts";
import { output, why } from "./flags.ts";
import { NAME, verb, type Call, type Verb } from "./verb.ts";

/** How long the server may take to take it. */
const PATIENCE_MS = 15_000;

/** Asks and waits. Throws CONFLICT when it was refused, TIMEOUT when nobody has taken it so far. */
export async function send(client: Client, name: string, asked: SignalRequest): Promise<SignalResult> {
  const result = await client.signal(name, asked, PATIENCE_MS);
  if (result.outcome === "accepted") return result;
  throw new SerinError(
    "TIMEOUT",
    `${name}: ${asked.verb} is noted and has not been taken within ${PATIENCE_MS / 1000}s`,
    {
      details: { hint: `\`serin get ${name}\` shows what is waiting; the server may be busy` },
    },
  );
}

/** Asks, waits, tells what followed. */
export async function ask(call: Call, name: string, asked: SignalRequest): Promise<void> {
  await call.out.value(await send(await call.client(), name, asked), {
    text: (taken) => named(taken.rollout, taken.event?.sentence ?? `${taken.verb} was accepted.`),
    name: (taken) => taken.rollout,
  });
}

export interface WhyFlags {
  readonly why?: string;
}

export const reasonOf = (flags: WhyFlags) => (flags.why === undefined ? {} : { why: flags.why });

/** A command that only asks. */
export function asking(
  declared: Pick<Verb, "name" | "summary" | "about" | "examples"> & { readonly verb: SignalRequest["verb"] },
): Verb {
  const { verb: asked, ...words } = declared;
  return verb<WhyFlags>({
    ...words,
    group: "Release",
    args: [NAME],
    flags: [why(), output("json", "yaml", "name")],
    async run(call, [name], flags) {
      await ask(call, name, { verb: asked, ...reasonOf(flags) });
      return exits.ok;
    },
  });
}
