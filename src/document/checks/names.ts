/** Names tell the entries of a list apart: in messages, in commands, in what is remembered. */
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";

/** The schema does the same for notifications. */
const lists = { gates: "gate", hooks: "hook", matches: "match" } as const;

export function namedTwice(parts: Parts): readonly Finding[] {
  return (Object.keys(lists) as (keyof typeof lists)[]).flatMap((list) =>
    parts[list].flatMap(({ index, value: { name } }, i) => {
      if (!parts[list].slice(0, i).some(({ value }) => value.name === name)) return [];
      const message = `another ${lists[list]} is called "${name}": give this one a name of its own`;
      return [{ path: ["spec", list, index, "name"], message }];
    }),
  );
}
