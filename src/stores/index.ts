/** The stores, by name. A new one is a file with its test and one line here. */
import type { z } from "zod";
import { SerinError } from "../errors.ts";
import { memory } from "./memory.ts";
import { sqlite } from "./sqlite.ts";
import type { OpenStore, StoreDeps } from "./store.ts";

export type { OpenStore, Parse, StoreDeps } from "./store.ts";
export { openSqlite } from "./sqlite.ts";

const stores = { memory, sqlite } as const;

type Stores = typeof stores;

/** Exactly one store with its settings, e.g. `{ sqlite: { dir: "data" } }`. */
export type StoreChoice = {
  [Name in keyof Stores]: { readonly [Key in Name]: z.input<Stores[Name]["config"]> };
}[keyof Stores];

/**
 * Opens the one store that is named:
 *
 *     await openStore({ parse, sqlite: { dir: "data" } })
 *     await openStore({ parse, memory: {} })
 *
 * Throws USAGE when none or several are named, and what the store itself throws.
 */
export async function openStore(options: StoreDeps & StoreChoice): Promise<OpenStore> {
  const { parse, notified, ...choice } = options;
  const named = Object.entries(choice);
  if (named.length !== 1 || !(named[0][0] in stores)) {
    throw new SerinError("USAGE", `expected exactly one store of: ${Object.keys(stores).join(", ")}`);
  }
  const [name, written] = named[0];
  const store = stores[name as keyof Stores];
  const config = store.config.safeParse(written);
  if (!config.success) throw new SerinError("USAGE", `the settings of the ${name} store: ${config.error.message}`);
  return (store.open as (config: unknown, deps: StoreDeps) => Promise<OpenStore>)(config.data, {
    parse,
    ...(notified === undefined ? {} : { notified }),
  });
}
