/** Questions are written once for both arms: `{{arm}}`, `{{revision}}` and the like are put in for each. */
import type { Arm, Window } from "../analysis/measurement.ts";
import type { ArmLabels } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { formatDuration } from "../rollout/amounts.ts";

const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What each one is, for documents and for mistakes in them. */
export const variables = {
  arm: "stable or canary",
  revision: "the arm's revision",
  backends: "the arm's backends as a regular expression: 127[.]0[.]0[.]1:9001|127[.]0[.]0[.]1:9002",
  rollout: "the rollout's name",
  interval: "how long the asked span is: 15s",
  seconds: "the same in seconds: 15",
  from: "where the span begins, epoch seconds",
  to: "where it ends, epoch seconds",
} as const;

export type Variable = keyof typeof variables;

/** Those that tell the arms apart. */
export const telling: readonly string[] = ["arm", "revision", "backends"] satisfies Variable[];

/** Words of the document's own, by arm: `stable: { track: primary }`. */
export type Words = Readonly<Record<string, string>>;

export const namesIn = (text: string): readonly string[] => [...text.matchAll(VARIABLE)].map(([, name]) => name);

/** The first name that is neither Serin's nor the document's; null where all are known. */
export function unknownName(text: string, own: readonly string[]): string | null {
  return namesIn(text).find((name) => !Object.hasOwn(variables, name) && !own.includes(name)) ?? null;
}

/** Whether a question differs between the arms. */
export const tellsArms = (text: string, own: readonly string[]): boolean =>
  namesIn(text).some((name) => telling.includes(name) || own.includes(name));

export interface Filling {
  readonly rollout: string;
  readonly arm: Arm;
  readonly labels: ArmLabels;
  readonly window: Window;
  readonly words: Words;
  /** What makes a value fit where it is put in: into an address, say. */
  readonly encode: (value: string) => string;
}

/** What may stand in any query language without being taken for a part of it. */
const harmless = /^[\w.:/@+~-]*$/;

/** Throws SOURCE_FAILED when what is to be put in could be taken for a part of the question. */
export function filled(text: string, filling: Filling): string {
  return text.replaceAll(VARIABLE, (_whole, name: string) =>
    filling.encode(Object.hasOwn(filling.words, name) ? filling.words[name] : valueOf(name as Variable, filling)),
  );
}

function valueOf(name: Variable, { rollout, arm, labels, window }: Filling): string {
  const { from, to } = window;
  switch (name) {
    case "arm":
      return arm;
    case "revision":
      return tame(labels.revision, arm);
    case "backends":
      return labels.backends.map((backend) => anchored(new URL(backend).host)).join("|");
    case "rollout":
      return rollout;
    case "interval":
      return formatDuration(to - from);
    case "seconds":
      return String((to - from) / 1000);
    case "from":
      return String(from / 1000);
    case "to":
      return String(to / 1000);
    default:
      throw new SerinError("SOURCE_FAILED", `nobody knows {{${String(name)}}}`);
  }
}

function tame(revision: string, arm: Arm): string {
  if (harmless.test(revision)) return revision;
  const message = `the revision of ${arm}, ${JSON.stringify(revision.slice(0, 80))}, cannot stand in a question: only letters, digits and _.:/@+~- can`;
  throw new SerinError("SOURCE_FAILED", message);
}

/** Brackets rather than backslashes, which every language reads again inside its quotes. */
const anchored = (host: string) => host.replaceAll(/[.[\]]/g, (mark) => (mark === "." ? "[.]" : `[${mark}]`));
