/** Arguments of an analysis: `{{ args.NAME }}` in its queries. */
import type { Part } from "../manifest.ts";
import { variableOf } from "../names.ts";
import type { Release } from "./release.ts";

/** A plain text, or a secret by the variable that holds it. */
export type Argument = { readonly text: string } | { readonly env: string };
export type Arguments = ReadonlyMap<string, Argument>;

/** What the template says of each argument, and what the analysis says, which wins. */
export function argumentsOf(release: Release, template: Part, analysis: Part): Arguments {
  const all = new Map<string, Argument>();
  for (const part of [...template.get("args").items(), ...analysis.get("args").items()]) {
    const name = part.get("name").text() ?? "";
    release.notes.keep(part, "is a word of the queries");
    const argument = argumentOf(release, part);
    if (argument !== null) all.set(name, argument);
  }
  return all;
}

function argumentOf({ root, notes }: Release, part: Part): Argument | null {
  const value = part.get("value").text();
  if (value !== undefined) return { text: value };
  const from = part.get("valueFrom");
  const secret = from.get("secretKeyRef");
  if (secret.there) return secretOf(secret, notes);
  const hash = from.get("podTemplateHashValue").text();
  if (hash === "Latest") {
    notes.change(part, "is the canary's revision, as --revision says it: there are no pods to have a hash");
    return { text: "{{revision}}" };
  }
  if (hash !== undefined) {
    notes.lose(part, "is of the other version, and a query asks about one", true);
    return null;
  }
  return from.there ? fieldOf(root, from.get("fieldRef", "fieldPath"), notes) : null;
}

function secretOf(part: Part, notes: Release["notes"]): Argument {
  const [name, key] = [part.get("name").text() ?? "", part.get("key").text() ?? ""];
  const env = variableOf(name, key);
  notes.change(part, `a document names its secrets: the variable ${env} is to hold what is ${key} of ${name} there`);
  return { env };
}

/** `metadata.labels['app']` of the Rollout itself. */
function fieldOf(root: Part, field: Part, notes: Release["notes"]): Argument | null {
  const path = (field.text() ?? "").replaceAll(/\['([^']*)'\]/g, "\n$1").split(/[.\n]/);
  const value = root.get(...path).raw;
  if (typeof value === "string" || typeof value === "number") {
    notes.keep(field, "is filled into the queries");
    return { text: String(value) };
  }
  notes.lose(field, "the Rollout among the files has no such field", true);
  return null;
}

const ARGUMENT = /\{\{\s*(?:inputs\.)?args\.([\w-]+)\s*\}\}/g;

export class UnknownArgument extends Error {}

/** Texts filled in. Throws UnknownArgument for one that is not there, or is a secret: that cannot stand in a query. */
export function filled(text: string, given: Arguments): string {
  return text.replaceAll(ARGUMENT, (_whole, name: string) => {
    const argument = given.get(name);
    if (argument === undefined) throw new UnknownArgument(`nobody says what args.${name} is`);
    if ("env" in argument) throw new UnknownArgument(`args.${name} is a secret, and cannot stand in a question`);
    return argument.text;
  });
}

/** A header's value: a text, or a secret where it is nothing but one. */
export function headerOf(text: string, given: Arguments): string | { readonly env: string } {
  const [, name] = /^\s*\{\{\s*args\.([\w-]+)\s*\}\}\s*$/.exec(text) ?? [];
  const argument = name === undefined ? undefined : given.get(name);
  return argument !== undefined && "env" in argument ? argument : filled(text, given);
}

/** `Bearer {{ args.token }}`: the token's variable. */
export function bearerOf(text: string, given: Arguments): { readonly env: string } | null {
  const [, name] = /^Bearer\s+\{\{\s*args\.([\w-]+)\s*\}\}\s*$/i.exec(text) ?? [];
  const argument = name === undefined ? undefined : given.get(name);
  return argument !== undefined && "env" in argument ? argument : null;
}
