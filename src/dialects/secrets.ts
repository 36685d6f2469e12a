/** Secrets of a cluster: named in the document, never written there. */
import type { Manifest, Part } from "./manifest.ts";
import { labelOf, variableOf } from "./names.ts";
import { nameOf, type Notes, type Options } from "./translation.ts";

/** A translation under way, as far as secrets go. */
export interface Keeper {
  readonly name: string;
  readonly notes: Notes;
  readonly options: Options;
  readonly others: readonly Manifest[];
}

export type Ref = { readonly env: string } | { readonly file: string };

const inNamespace = (manifest: Manifest, namespace: string | null) => {
  if (namespace === null) return true;
  const said = manifest.root.get("metadata", "namespace").raw;
  return said === undefined || said === namespace;
};

/** A Secret among the files; without a namespace any of that name. */
export const secretNamed = (
  { others }: Pick<Keeper, "others">,
  name: string,
  namespace: string | null,
): Manifest | undefined =>
  others.find(
    (manifest) => manifest.kind === "Secret" && nameOf(manifest) === name && inNamespace(manifest, namespace),
  );

/** What a Secret among the files holds under a key. */
export function valueIn(secret: Manifest | undefined, key: string, notes: Notes): string | undefined {
  if (secret === undefined) return undefined;
  const [plain, coded] = ["stringData", "data"].map((kind) => {
    const part = secret.root.get(kind, key);
    notes.keep(part, "is named in the document, or put into it");
    return part.text();
  });
  return plain ?? (coded === undefined ? undefined : Buffer.from(coded, "base64").toString("utf8"));
}

/** Where the document looks for a secret that lies in a cluster. */
export function refOf(
  { notes, options, name }: Keeper,
  part: Part,
  secret: string,
  key: string,
  value: string | undefined,
): Ref {
  if (options.secretsIn !== undefined && value !== undefined) {
    const path = `${options.secretsIn}/${name}-${labelOf(secret)}-${labelOf(key)}`;
    if (!notes.secrets.some((file) => file.path === path)) notes.secrets.push({ path, value });
    notes.keep(part, `lies in ${path}`);
    return { file: path };
  }
  const env = variableOf(secret, key);
  notes.change(part, `a document names its secrets: the variable ${env} is to hold what is ${key} of ${secret} there`);
  return { env };
}
