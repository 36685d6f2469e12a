/** The dialects, by name. A new one is a folder with golden pairs and one line here. */
import { translateFlagger, isCanary } from "./flagger/index.ts";
import { isRollout, translateArgo } from "./argo/index.ts";
import { isConfig, translateKayenta } from "./kayenta/index.ts";
import { manifestsIn, type Manifest, type Written } from "./manifest.ts";
import type { Options, Translation } from "./translation.ts";

export type { Written } from "./manifest.ts";
export type { Loss, Options, Translation } from "./translation.ts";
export type { Problem } from "./place.ts";

interface Dialect {
  /** Whether a manifest is a release in it. */
  readonly holds: (manifest: Manifest) => boolean;
  readonly translate: (files: readonly Written[], options: Options) => Translation;
}

const dialects = {
  flagger: { holds: isCanary, translate: translateFlagger },
  argo: { holds: isRollout, translate: translateArgo },
  kayenta: { holds: isConfig, translate: translateKayenta },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
export const dialectNames = Object.keys(dialects) as readonly DialectName[];

/** Throws what the reader of documents throws, USAGE where there is no telling which release is meant. */
export const translate = (name: DialectName, files: readonly Written[], options: Options): Translation =>
  dialects[name].translate(files, options);

/** The dialect that a release among the files is written in; null where it is none of these. */
export function dialectOf(files: readonly Written[]): DialectName | null {
  const manifests = manifestsIn(files);
  return dialectNames.find((name) => manifests.some(dialects[name].holds)) ?? null;
}
