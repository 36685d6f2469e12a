/** How a release among manifests of Kubernetes is translated, whoever's it is: the same steps in the same order. */
import { manifestsIn, type Manifest, type Part, type Written } from "./manifest.ts";
import { labelOf } from "./names.ts";
import {
  finished,
  Notes,
  refuseMistakes,
  tellOfTheRest,
  theOneNamed,
  type Options,
  type Translation,
} from "./translation.ts";

/** A translation under way, before its dialect has looked at anything. */
export interface Begun {
  readonly name: string;
  readonly notes: Notes;
  readonly options: Options;
  /** Everything else in the files. */
  readonly others: readonly Manifest[];
}

export interface ManifestDialect<State extends Begun> {
  /** Whether a manifest is a release in it. */
  readonly holds: (manifest: Manifest) => boolean;
  /** What such a one is called, for messages. */
  readonly called: string;
  readonly begin: (chosen: Manifest, begun: Begun) => State;
  /** The document's `spec`, of values that say where they came from. */
  readonly specOf: (state: State) => Record<string, unknown>;
  readonly loseWhatHasNoPlace: (state: State) => void;
  /** Of a part that nobody read. */
  readonly sentenceOf: (part: Part) => string;
  /** The document's first line. */
  readonly head: string;
}

export function translateManifests<State extends Begun>(
  { holds, called, begin, specOf, loseWhatHasNoPlace, sentenceOf, head }: ManifestDialect<State>,
  files: readonly Written[],
  options: Options,
): Translation {
  const manifests = manifestsIn(files);
  const chosen = theOneNamed(manifests.filter(holds), called, options.name);
  const state = begin(chosen, begun(chosen, manifests, options));
  const spec = specOf(state);
  loseWhatHasNoPlace(state);
  refuseMistakes(manifests);
  tellOfTheRest({ ...state, chosen, manifests, sentenceOf });
  return finished(state.name, spec, state.notes, head);
}

function begun(chosen: Manifest, manifests: readonly Manifest[], options: Options): Begun {
  const written = chosen.root.get("metadata", "name");
  const name = labelOf(written.text() ?? "");
  const notes = new Notes();
  if (name !== written.raw) notes.change(written, `is called ${name}: lower-case letters, digits and dashes`);
  return { name, notes, options, others: manifests.filter((other) => other !== chosen) };
}
