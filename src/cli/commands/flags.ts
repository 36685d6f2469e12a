/** Flags that several commands have, declared once. They mean what kubectl's mean. */
import { InvalidArgumentError, Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { Client } from "../client.ts";
import type { Format } from "../output.ts";

export const output = (...formats: readonly Format[]) =>
  new Option("-o, --output <format>", "print it for programs instead").choices(formats);

export const watch = (about = "follow it until interrupted") => new Option("-w, --watch", about);

export const timeout = (about: string) => new Option("-t, --timeout <duration>", `${about}, e.g. 90s or 10m`);

export const why = () => new Option("--why <text>", "the reason, for the journal and for messages");

/** Milliseconds of a duration flag; null when it was not given. Throws USAGE. */
export async function durationOf(text: string | undefined, flag: string): Promise<number | null> {
  if (text === undefined) return null;
  const { parseDuration } = await import("../../rollout/amounts.ts");
  // kubectl takes bare seconds nowhere either, but people type 0 for "at once"
  const ms = text === "0" ? 0 : parseDuration(text);
  if (ms !== null) return ms;
  throw new SerinError("USAGE", `${flag} takes a duration such as 30s, 5m or 1h30m, not "${text}"`);
}

export interface ReleaseFlags {
  readonly release?: number;
}

export const releaseFlag = (about = "which release; the present or last one unless said") =>
  new Option("--release <number>", about).argParser((text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new InvalidArgumentError("expected a whole number");
  });

/** The release that is meant. */
export const releaseOf = async (client: Client, name: string, { release }: ReleaseFlags): Promise<number> =>
  release ?? (await client.get(name)).release;
