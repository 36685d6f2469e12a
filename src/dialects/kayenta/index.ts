/**
 * Kayenta: a canary config as a document. Its judge compares two series when they are over; a document judges while a
 * release runs, by Serin's own comparison, and by the config's effect sizes as fixed limits where they say any. The same
 * judge, bit for bit, is `serin kayenta judge`.
 */
import { armsOf } from "../arms.ts";
import { manifestsIn, type Manifest, type Part, type Written } from "../manifest.ts";
import { labelOf, namer } from "../names.ts";
import { because, mapping } from "../said.ts";
import { finished, loseRest, Notes, refuseMistakes, theOneOf, type Options, type Translation } from "../translation.ts";
import { gateOf } from "./gates.ts";

export const isConfig = ({ root, kind }: Manifest): boolean =>
  kind === "" && Array.isArray(root.get("metrics").raw) && (root.get("judge").there || root.get("classifier").there);

export function translateKayenta(files: readonly Written[], options: Options): Translation {
  const manifests = manifestsIn(files);
  const configs = manifests.filter(isConfig);
  const { root } = theOneOf(configs, configNameOf, "canary config of Kayenta's", options.name);
  const written = root.get("name");
  const name = labelOf(written.text() ?? "");
  const notes = new Notes();
  if (name === written.raw) notes.keep(written, "is metadata.name");
  else notes.change(written, `is called ${name}: lower-case letters, digits and dashes`);
  const gates = gatesOf(root, notes, options.stable?.revision ?? "primary");
  refuseMistakes(manifests);
  tellOfTheRest(root, notes);
  const spec = mapping({ ...armsOf(options, "canary config"), gates });
  return finished(name, spec, notes, " Made of a canary config of Kayenta's. Each line says where it came from.");
}

const configNameOf = ({ root }: Manifest): string => {
  const name = root.get("name").raw;
  return typeof name === "string" ? name : "(nameless)";
};

/** Serin's own two comparisons stand in front: they are what decides as Kayenta's judge was meant to. */
function gatesOf(root: Part, notes: Notes, control: string): readonly unknown[] {
  const name = namer();
  const own = ["failures", "latency"].map((kind) =>
    because("compared with stable all along, by Serin's own gateway", { name: name(kind), [kind]: {} }),
  );
  const asking = { templates: root.get("templates"), notes, name, control };
  const theirs = root
    .get("metrics")
    .items()
    .map((metric) => gateOf(metric, asking));
  return [...own, ...theirs.filter((gate) => gate !== null)];
}

const sentences: Readonly<Record<string, string>> = {
  judge: "Serin's gates judge; NetflixACAJudge-v1.0 itself is `serin kayenta judge`",
  classifier: "there is no score: what takes a release back are gates, each for itself",
};

function tellOfTheRest(root: Part, notes: Notes): void {
  for (const [key, sentence] of Object.entries(sentences)) notes.lose(root.get(key), sentence);
  for (const [, template] of root.get("templates").fields()) {
    if (template.unread().length === 0) notes.keep(template, "is filled into the questions");
    else notes.lose(template, "no question that is kept asks for it");
  }
  loseRest(root.manifest, notes, (part) =>
    part.within[0] === "metrics" ? "Kayenta's judge does not read it" : "Kayenta's own, and nothing of a release",
  );
}
