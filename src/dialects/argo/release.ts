/** A Rollout of Argo's as the translator holds it. */
import type { Manifest, Part } from "../manifest.ts";
import type { Notes, Options } from "../translation.ts";

export interface Release {
  readonly name: string;
  readonly root: Part;
  readonly spec: Part;
  readonly notes: Notes;
  readonly options: Options;
  readonly others: readonly Manifest[];
  /** Gates that were made, by what they are: one that is asked for twice is made once. */
  readonly gates: Map<string, unknown>;
  readonly names: (text: string) => string;
}

export const isArgo = ({ group }: Manifest): boolean => group === "argoproj.io";
