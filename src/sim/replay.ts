/**
 * Decides a release again from its record and compares: every part of every status, every event, every decision, to the
 * last bit. It begins with the status that the release's first commit was decided from; everything after is computed.
 */
import { FORMULA } from "../analysis/formula.ts";
import type { Measurement } from "../analysis/measurement.ts";
import { changesOf, observedOf, partsOf } from "../engine/inputs.ts";
import type { CommitRecord, DocumentRecord, Loaded, MeasurementRecord, Records, Store } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import { decide } from "../rollout/decide.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { parting, shown, type Parting } from "./difference.ts";

/** The record, wherever it lies. */
export type Past = Pick<Records, "commits" | "measurements" | "beginning" | "documents"> & Pick<Store, "load">;

/** Where record and replay first differ. */
export interface Difference extends Parting {
  /** The version that the commit made, and the moment it was decided. */
  readonly version: number;
  readonly at: number;
}

export interface Replayed {
  readonly release: number;
  readonly commits: number;
  readonly events: number;
  readonly measurements: number;
  /** Moments of the first and the last decision, epoch milliseconds; null without any. */
  readonly from: number | null;
  readonly to: number | null;
  readonly difference: Difference | null;
}

/** A whole commit, as it was recorded. */
export interface Recorded extends CommitRecord {
  readonly measurements: Readonly<Record<string, Measurement>>;
}

export type Parse = (name: string, document: unknown) => Spec;

/** Commits read at once. */
const PAGE = 200;

/**
 * Replays one release. `parse` reads documents as the store did. Stops at the first difference. Throws NOT_FOUND when
 * there is no such release or its record is not kept any more, CONFLICT when it was decided by other mathematics.
 */
export async function replay(past: Past, name: string, release: number, parse: Parse): Promise<Replayed> {
  const beginning = await past.beginning(name, release);
  if (beginning === null) throw notKept(name, release);
  const course = new Course(name, beginning, await past.documents(name), parse);
  const tally = { release, commits: 0, events: 0, measurements: 0, from: null as number | null };
  let last: Recorded | null = null;
  for await (const recorded of recordOf(past, name, release, beginning.version)) {
    const difference = course.take(recorded);
    tally.commits += 1;
    tally.events += recorded.events.length;
    tally.measurements += Object.keys(recorded.measurements).length;
    tally.from ??= recorded.inputs.now;
    last = recorded;
    if (difference !== null) return { ...tally, to: recorded.inputs.now, difference };
  }
  const present = await past.load(name);
  return { ...tally, to: last?.inputs.now ?? null, difference: last === null ? null : atLast(course, last, present) };
}

function notKept(name: string, release: number): SerinError {
  return new SerinError("NOT_FOUND", `the record of release ${release} of ${name} is not kept, or there was none`, {
    details: { release },
  });
}

/** Commit by commit, each with its measurements. Lets others have their turn between pages. */
export async function* recordOf(past: Past, name: string, release: number, from: number): AsyncGenerator<Recorded> {
  const measured = measurementsOf(past, name, release, from);
  let next = await measured.next();
  for (let after = from; ;) {
    const page = await past.commits(name, { release, after, limit: PAGE });
    for (const commit of page) {
      const measurements: Record<string, Measurement> = {};
      for (; !next.done && next.value.version <= commit.version; next = await measured.next())
        if (next.value.version === commit.version) measurements[next.value.gate] = next.value.measurement;
      yield { ...commit, measurements };
    }
    if (page.length < PAGE) return;
    after = page[page.length - 1].version;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* measurementsOf(
  past: Past,
  name: string,
  release: number,
  from: number,
): AsyncGenerator<MeasurementRecord> {
  for (let after = from; ;) {
    const page = await past.measurements(name, { release, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page[page.length - 1].version;
  }
}

/** A status on its way through the record again. */
class Course {
  status: Status;
  readonly #documents: readonly DocumentRecord[];
  readonly #specAt: (version: number) => Spec;
  #version: number;

  constructor(
    name: string,
    beginning: { readonly version: number; readonly status: Status },
    documents: readonly DocumentRecord[],
    parse: Parse,
  ) {
    this.status = beginning.status;
    this.#version = beginning.version;
    this.#documents = documents;
    this.#specAt = specsInForce(name, documents, parse);
  }

  /** Decides as was decided, and says where it came out differently. */
  take(recorded: Recorded): Difference | null {
    const { version, inputs } = recorded;
    if (inputs.formula !== FORMULA) throw otherFormula(version, inputs.formula);
    const differs = (found: Parting | null) => (found === null ? null : { ...found, version, at: inputs.now });
    if (this.#missing(version)) return differs(lost(this.#version, version));
    const before = this.status;
    const decided = decide(this.#specAt(version - 1), before, observedOf(inputs, before, recorded.measurements));
    // as the store hands it out: undefined and -0 do not survive being written down
    this.status = written(decided.status);
    this.#version = version;
    return differs(
      parting(inputs.decision, decided.decision, "decision") ??
        parting(recorded.events, written(decided.events), "events") ??
        this.#unlike(inputs.changed, changesOf(before, this.status)),
    );
  }

  /** Only a print is kept of a part, so the value that comes out is told beside it. */
  #unlike(recorded: Recorded["inputs"]["changed"], replayed: Recorded["inputs"]["changed"]): Parting | null {
    const field = [...Object.keys(replayed), ...Object.keys(recorded)].find(
      (part) => recorded[part] !== replayed[part],
    );
    if (field === undefined) return null;
    const kept = recorded[field];
    const value = shown(partsOf(this.status).get(field));
    return { field, recorded: kept === undefined ? "unchanged" : `another (print ${kept})`, replayed: value };
  }

  /** A version that no document accounts for was a commit, and is not there. */
  #missing(version: number): boolean {
    for (let at = this.#version + 1; at < version; at++)
      if (!this.#documents.some((document) => document.version === at)) return true;
    return false;
  }
}

/** What was in force at a version. Throws NOT_FOUND where the document of that time is not kept. */
export function specsInForce(
  name: string,
  documents: readonly DocumentRecord[],
  parse: Parse,
): (version: number) => Spec {
  let known: { readonly of: DocumentRecord; readonly spec: Spec } | null = null;
  return (version) => {
    const of = documents.findLast((document) => document.version <= version);
    if (of === undefined) throw new SerinError("NOT_FOUND", `the document of ${name} at that time is not kept`);
    if (known?.of !== of) known = { of, spec: parse(name, of.document) };
    return known.spec;
  };
}

const written = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const lost = (from: number, to: number): Parting => ({
  field: "",
  recorded: `nothing of versions ${from + 1} to ${to - 1}`,
  replayed: "a commit of each",
});

function otherFormula(version: number, formula: number): SerinError {
  return new SerinError(
    "CONFLICT",
    `version ${version} was decided by formula ${formula}, and this Serin computes by ${FORMULA}: replay it with the Serin that decided it`,
    { details: { version, formula, known: FORMULA } },
  );
}

/** Prints tell which part differs; where the status itself is still there, it tells the very field. */
function atLast(course: Course, last: Recorded, present: Loaded | null): Difference | null {
  if (present === null || present.version !== last.version) return null;
  const found = parting(present.status, course.status);
  return found === null ? null : { ...found, version: last.version, at: last.inputs.now };
}

/** One sentence for people. `when` writes a moment. */
export function replaySentence(name: string, replayed: Replayed, when: (at: number) => string): string {
  const { release, commits, events, measurements, difference } = replayed;
  const which = release === 0 ? `${name} before its first release` : `Release ${release} of ${name}`;
  if (difference === null)
    return `${which}: ${counted(commits, "decision")}, ${counted(events, "event")} and ${counted(measurements, "measurement")} agree with the record to the last bit.`;
  const { version, at, field, recorded, replayed: again } = difference;
  const what = field === "" ? "the record" : field;
  return `${which} does not agree with its record: at version ${version} (${when(at)}) ${what} was ${recorded} and comes out as ${again}.`;
}

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
