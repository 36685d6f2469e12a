/** A Rollout of Argo's as the translator holds it. */
import type { Begun } from "../kubernetes.ts";
import type { Manifest, Part } from "../manifest.ts";

export interface Release extends Begun {
  readonly root: Part;
  readonly spec: Part;
  /** Gates that were made, by what they are: one that is asked for twice is made once. */
  readonly gates: Map<string, unknown>;
  readonly names: (text: string) => string;
}

export const isArgo = ({ group }: Manifest): boolean => group === "argoproj.io";
