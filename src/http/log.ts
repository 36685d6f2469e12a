/** The API logs as the engine does. */
export type { Level, Log } from "../engine/log.ts";
