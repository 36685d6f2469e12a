export type Level = "debug" | "info" | "warn" | "error";
/** One line of the log. Fields never carry tokens, headers, bodies or query strings. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;
