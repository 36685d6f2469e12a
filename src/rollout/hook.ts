/**
 * Hooks: other people's yes or no at fixed moments of a release. They are asked by the engine and answered into
 * `decide`, which treats them like everything else that was observed: a no counts, a question that could not be asked
 * does not.
 *
 * | on                       | asked                                     | yes                 | no                            |
 * | ------------------------ | ----------------------------------------- | ------------------- | ----------------------------- |
 * | confirmRollout           | before anything happens                   | the release begins  | it waits                      |
 * | preRollout               | before the first request meets the canary | the release goes on | `failures` of them roll back  |
 * | rollout                  | while a step analyses                     | nothing             | `failures` of them roll back  |
 * | confirmTrafficIncrease   | before each greater share                 | the share grows     | it waits                      |
 * | confirmPromotion         | when all steps are done                   | it is promoted      | it waits                      |
 * | rollback                 | all the time                              | it is taken back    | nothing                       |
 * | postRollout              | after the end, however it ended           | nothing             | asked `failures` times at most |
 * | event                    | told of every event, like a notification  |                     |                               |
 */
import { z } from "zod";
import { durationFrom } from "./amounts.ts";
import { exactlyOne, theOne } from "./choice.ts";
import { askedWords, hookCommandSchema, toldWords, unknownWords, type HookCommand } from "./hook-command.ts";
import { nameSchema } from "./name.ts";

export const hookMoments = [
  "confirmRollout",
  "preRollout",
  "rollout",
  "confirmTrafficIncrease",
  "confirmPromotion",
  "postRollout",
  "rollback",
  "event",
] as const;
export type HookMoment = (typeof hookMoments)[number];

/** How a hook is spoken to. */
export const hookFormats = ["serin", "flagger"] as const;

const HTTP = /^https?:\/\/\S+$/;

export const hookSchema = z
  .strictObject({
    name: nameSchema,
    on: z.enum(hookMoments).describe("the moment it is asked"),
    url: z
      .string()
      .regex(HTTP, "expected an http:// or https:// address")
      .refine((text) => !HTTP.test(text) || URL.canParse(text), "expected an address that can exist")
      .optional()
      .describe("gets a POST with the release as JSON; an answer of 200 to 299 is yes, any other is no"),
    command: hookCommandSchema
      .optional()
      .describe("a program that is run with the release as JSON to read; ending with 0 is yes, with another code no"),
    timeout: durationFrom(10).prefault("10s").describe("how long an answer may take"),
    every: durationFrom(100).prefault("10s").describe("how long to wait before it is asked again"),
    failures: z.int().min(1).max(1000).default(5).describe("how many times no is too many"),
    metadata: z.record(z.string(), z.string()).default({}).describe("words of yours, sent along as they are"),
    retries: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe(
        "how often it is tried again within one question: without an answer, and at 429 and most of 500 and more",
      ),
    format: z.enum(hookFormats).default("serin").describe("what the body is like: Serin's own, or as Flagger sends it"),
    namespace: z.string().min(1).max(63).default("default").describe("the namespace that Flagger's format names"),
  })
  .meta(exactlyOne(["url", "command"]))
  .superRefine(({ on, command }, ctx) => {
    const known = on === "event" ? toldWords : askedWords;
    for (const { index, word } of command === undefined ? [] : unknownWords(command, known)) {
      const message = `expected one of ${known.join(", ")} in {{ }}, found ${JSON.stringify(word)}`;
      ctx.addIssue({ code: "custom", path: ["command", "argv", index], message });
    }
  })
  .transform(({ url, command, ...h }, ctx): Hook => ({
    name: h.name,
    on: h.on,
    asks: asked({ url, command }, ctx),
    timeoutMs: h.timeout,
    everyMs: h.every,
    failures: h.failures,
    metadata: h.metadata,
    retries: h.retries,
    format: h.format,
    namespace: h.namespace,
  }));

function asked(
  { url, command }: { url?: string | undefined; command?: HookCommand | undefined },
  ctx: z.core.$RefinementCtx,
): Hook["asks"] {
  if (theOne({ url, command }, ["url", "command"], ctx) === null) return z.NEVER;
  return command === undefined ? { url: url ?? "" } : { command };
}

export interface Hook {
  readonly name: string;
  readonly on: HookMoment;
  /** Who is asked: an address, or a program. */
  readonly asks: { readonly url: string } | { readonly command: HookCommand };
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly failures: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Tries after the first, within one question. */
  readonly retries: number;
  readonly format: (typeof hookFormats)[number];
  /** For Flagger's format alone. */
  readonly namespace: string;
}

/** What a hook said. `error`: it could not be asked, which is neither yes nor no. */
export interface HookAnswer {
  readonly said: "yes" | "no" | "error";
  readonly reason: string;
  /** The end of what a program printed, with its lines. Left out where it printed nothing. */
  readonly output?: string;
}

/** What is remembered of a hook. `occasion` tells one release and step from the next: a yes is good for one occasion. */
export interface HookMemory {
  readonly occasion: string;
  readonly askedAt: number;
  readonly said: HookAnswer["said"];
  readonly no: number;
  readonly reason: string;
  readonly output?: string;
}
