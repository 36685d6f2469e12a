/** Which Serin this is, as its package says; the same file from a clone and from an installed package. */
import { readFileSync } from "node:fs";

const file = new URL("../../package.json", import.meta.url);
export const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
