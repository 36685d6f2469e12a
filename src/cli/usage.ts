/** What commander says about a wrong command line, as one of our errors. */
import type { CommanderError } from "commander";
import { SerinError } from "../errors.ts";

/** "error: unknown option '--foo'\n(Did you mean --for?)" -> "unknown option --foo; did you mean --for?" */
export function usageError({ message }: Pick<CommanderError, "message">, command: string | undefined): SerinError {
  const [first, ...rest] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (?:one of )?(.*?)\?\)$/.exec(rest.join(" ").trim())?.[1];
  const words = first.replaceAll("'", '"').replace(/\.$/, "");
  const asked = command === undefined ? "serin --help" : `serin ${command} --help`;
  return new SerinError("USAGE", meant === undefined ? words : `${words}; did you mean ${meant}?`, {
    details: { hint: `\`${asked}\` says how` },
  });
}
