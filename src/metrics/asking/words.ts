/** What services put into the bodies of their errors: all of them JSON, none of them alike. */
import { z } from "zod";
import { quoted } from "./asker.ts";

const message = z.string().min(1);
const shapes = [
  z.object({ error: z.object({ message }) }).transform(({ error }) => error.message),
  z.object({ errors: z.tuple([z.object({ message })]).rest(z.unknown()) }).transform(({ errors }) => errors[0].message),
  z.object({ errors: z.tuple([message]).rest(z.unknown()) }).transform(({ errors }) => errors[0]),
  z.object({ message }).transform((said) => said.message),
  z.object({ Message: message }).transform((said) => said.Message),
  z.object({ error: message }).transform(({ error }) => error),
] as const;

/** The sentence in an error's body; null where there is none to find. */
export function messageIn(text: string): string | null {
  try {
    return messageOf(JSON.parse(text));
  } catch {
    return null;
  }
}

export function messageOf(said: unknown): string | null {
  for (const shape of shapes) {
    const found = shape.safeParse(said);
    if (found.success) return quoted(found.data);
  }
  return null;
}
