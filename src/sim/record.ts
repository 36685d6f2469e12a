/** A release's record as one JSON document, as `serin export` writes it and GET /v1/rollouts/:name/record answers. */
import type { CommitRecord, DocumentRecord, Beginning, MeasurementRecord } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { Past } from "./replay.ts";

export interface ReleaseRecord {
  readonly rollout: string;
  readonly release: number;
  readonly beginning: Beginning;
  readonly documents: readonly DocumentRecord[];
  readonly commits: readonly CommitRecord[];
  readonly measurements: readonly MeasurementRecord[];
}

const lists = ["documents", "commits", "measurements"] as const;

/** From JSON text. Throws DOCUMENT_UNREADABLE for what is no record; what its parts hold is seen when they are used. */
export function readRecord(text: string, file: string): ReleaseRecord {
  const wrong = (why: string) => new SerinError("DOCUMENT_UNREADABLE", `${file} is no record of a release: ${why}`);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new SerinError("DOCUMENT_UNREADABLE", `${file} is not JSON`, { cause });
  }
  if (!isRecord(found)) throw wrong("it is not an object");
  if (typeof found["rollout"] !== "string" || !Number.isInteger(found["release"]))
    throw wrong("rollout and release are missing");
  for (const list of lists) if (!Array.isArray(found[list])) throw wrong(`${list} is not a list`);
  if (!isRecord(found["beginning"])) throw wrong("beginning is missing");
  return found as unknown as ReleaseRecord;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The record as replay reads one. There is no present beside it. */
export function pastOf({ release, beginning, documents, commits, measurements }: ReleaseRecord): Past {
  const page = <T extends { readonly version: number }>(all: readonly T[], after = -1, limit: number) => {
    const last =
      all
        .filter(({ version }) => version > after)
        .slice(0, limit)
        .at(-1)?.version ?? -1;
    return all.filter(({ version }) => version > after && version <= last);
  };
  return {
    commits: async (_name, { after, limit }) => page(commits, after, limit),
    measurements: async (_name, { after, limit }) => page(measurements, after, limit),
    beginning: async (_name, asked) => (asked === release ? beginning : null),
    documents: async () => documents,
    load: async () => null,
  };
}

/** Whether a text looks like a record: its first key says so. */
export const isRecordText = (text: string): boolean => /^\s*\{\s*"rollout"\s*:/.test(text);
