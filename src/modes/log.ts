/** The server's log as lines for whoever started it. */
import type { Log } from "../engine/log.ts";
import { SerinError } from "../errors.ts";

/** What is worth a line: warnings and errors, and progress where it is asked for. */
export function telling(line: (text: string) => void, verbose: boolean): Log {
  return (level, message, fields = {}) => {
    if (level === "debug" || (level === "info" && !verbose)) return;
    const said = Object.entries(fields).filter(([, value]) => value !== undefined);
    line([`${level}: ${message}`, ...said.map(([key, value]) => `${key}=${String(value)}`)].join("  "));
  };
}

/** A memory that turns out damaged while it is used is no place to go on from. */
export function failing(log: Log, fail: (error: SerinError) => void): Log {
  return (level, message, fields) => {
    log(level, message, fields);
    if (fields?.["code"] === "DATABASE_CORRUPT") fail(new SerinError("DATABASE_CORRUPT", message));
  };
}
