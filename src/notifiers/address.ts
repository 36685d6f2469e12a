/** Addresses in documents: written out, or named as a secret where the address itself opens doors. */
import { z } from "zod";
import { secretSchema, type SecretRef } from "../engine/secrets.ts";
import { addressOf, reading } from "./deliver.ts";
import type { NotifierDeps } from "./notifier.ts";

export const plainAddress = z
  .string()
  .refine((text) => isAddress(text), { message: "expected an http:// or https:// address without a user name" })
  .meta({ format: "uri", examples: ["https://ops.example/serin"] });

export const addressSchema = z.union([plainAddress, secretSchema]);

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

export interface Address {
  readonly url: URL;
  /** Where it is, as far as that may be said: " at https://ops.example". */
  readonly place: string;
}

export async function addressFrom(written: string | SecretRef, deps: NotifierDeps): Promise<Address> {
  if (typeof written !== "string") return { url: addressOf(await reading(deps.secrets, written), written), place: "" };
  const url = new URL(written);
  return { url, place: ` at ${url.origin}` };
}

/** An address below a server's own: "https://api.github.com" and "/repos/a/b". */
export const below = (base: string, path: string): URL => new URL(`${base.replace(/\/+$/, "")}${path}`);
