/** A metric's provider as it is asked after: what all of Argo's have in common. */
import type { Part } from "../manifest.ts";
import { because, from } from "../said.ts";
import { filled, type Arguments } from "./arguments.ts";
import { secondsOf, spanOf } from "./durations.ts";
import type { Release } from "./release.ts";

/** Nothing of Serin's can ask it, with a sentence. */
export class Unasked extends Error {}

export interface Asked {
  readonly release: Release;
  readonly notes: Release["notes"];
  readonly provider: Part;
  readonly given: Arguments;
}

export type Make = (asked: Asked) => Record<string, unknown>;

export const atOnce = because("asked about the moment itself", "0s");

export function text({ provider, given }: Asked, key: string) {
  const part = provider.get(key);
  const written = part.text();
  return written === undefined ? undefined : from(part, filled(written, given).trim());
}

export function required(asked: Asked, key: string) {
  const said = text(asked, key);
  if (said === undefined || said.value === "") throw new Unasked(`says no ${key}`);
  return said;
}

/** Seconds there. Serin waits a minute at most. */
export function timeoutOf({ provider, notes }: Asked, key: string): unknown {
  const part = provider.get(key);
  const ms = spanOf(part);
  if (ms === null || ms === 0) return undefined;
  if (ms > 60_000) notes.change(part, "an answer is waited for a minute at most");
  return from(part, secondsOf(Math.min(60_000, ms)));
}

export function refuseFields({ provider }: Asked, fields: Readonly<Record<string, string>>): void {
  for (const [field, why] of Object.entries(fields))
    if (provider.get(field).there) throw new Unasked(`${field}: ${why}`);
}
