/** The two versions, which no manifest of a cluster says the addresses of. */
import { because } from "./said.ts";
import type { ArmAt, Arms } from "./translation.ts";

/** `what` is the manifest that does not say it. */
export function armsOf({ stable, canary }: Arms, what: string): Record<"stable" | "canary", unknown> {
  return { stable: armOf(stable, "stable", 9001, what), canary: armOf(canary, "canary", 9002, what) };
}

function armOf(at: ArmAt | undefined, arm: "stable" | "canary", port: number, what: string): Record<string, unknown> {
  const revision = at?.revision ?? (arm === "stable" ? "primary" : "canary");
  if (at !== undefined) return { revision, backends: at.backends };
  return {
    revision,
    backends: because(`write where ${arm} answers: no ${what} says it`, [`http://127.0.0.1:${port}`]),
  };
}
