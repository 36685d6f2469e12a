/** Addresses of sources, as documents write them. */
import { z } from "zod";

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === ""
  );
}

export const addressSchema = z
  .string()
  .max(2000)
  .refine((text) => isAddress(text), "expected an http:// or https:// address without user name and question mark")
  .meta({ title: "address", format: "uri", examples: ["http://127.0.0.1:9090"] });

/** A path below an address, whether or not that ends with a slash. */
export const below = (address: string, path: string): URL => new URL(`${address.replace(/\/+$/, "")}${path}`);
