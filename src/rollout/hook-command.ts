/**
 * A hook that is a program of one's own, run where Serin runs. How it ends is its answer:
 *
 *     command: { argv: [./smoke-test, --revision, "{{canary}}"] }      # no shell reads it
 *     command: { shell: "curl -sf $URL/healthz | jq -e .ready" }       # one does, where the document says so
 *
 * 0 is yes, any other code is no. 75 (EX_TEMPFAIL of sysexits.h), a signal, the end of its time, or a shell's 126 and 127
 * (what it was to run is not there) are no answer.
 */
import { z } from "zod";
import { exactlyOne, theOne } from "./choice.ts";
import { secretSchema, type SecretRef } from "./secret.ts";

/** What a hook is asked about, by the words that stand for it in arguments; `SERIN_CANARY` and so on in the environment. */
export const askedWords = [
  "hook",
  "on",
  "rollout",
  "release",
  "phase",
  "stable",
  "canary",
  "weight",
  "step",
  "steps",
] as const;
/** The same for those that are told of an event. */
export const toldWords = ["hook", "on", "rollout", "release", "event", "severity", "sentence"] as const;

export interface HookCommand {
  /** The program and its arguments, or a shell's text. */
  readonly run: { readonly argv: readonly string[] } | { readonly shell: string };
  readonly env: Readonly<Record<string, string | SecretRef>>;
}

const text = z.string().max(10_000);

export const hookCommandSchema = z
  .strictObject({
    argv: z
      .array(text)
      .min(1)
      .max(100)
      .refine((argv) => argv[0] !== "", "expected a program")
      .optional()
      .describe(
        "the program and its arguments, each by itself: no shell reads them; {{canary}}, {{rollout}} and such become what is asked about",
      ),
    shell: text.min(1).optional().describe("a text for /bin/sh; what is asked about stands in SERIN_CANARY and such"),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of a variable"),
        z.union([text, secretSchema]),
      )
      .default({})
      .describe("variables for it; a secret for tokens. Of Serin's own it has PATH alone"),
  })
  .meta(exactlyOne(["argv", "shell"]))
  .transform(({ env, argv, shell }, ctx): HookCommand => {
    const said = theOne({ argv, shell }, ["argv", "shell"], ctx);
    if (said === null) return z.NEVER;
    return { env, run: argv === undefined ? { shell: shell ?? "" } : { argv } };
  });

const WORD = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The words of the arguments that nobody knows, with the argument they stand in. */
export function unknownWords({ run }: HookCommand, known: readonly string[]) {
  const argv = "argv" in run ? run.argv : [];
  return argv.flatMap((written, index) =>
    [...written.matchAll(WORD)].filter(([, word]) => !known.includes(word)).map(([, word]) => ({ index, word })),
  );
}

/** The arguments with what is asked about in them. */
export const filled = (argv: readonly string[], words: Readonly<Record<string, string>>): readonly string[] =>
  argv.map((written) => written.replaceAll(WORD, (whole, word: string) => words[word] ?? whole));
