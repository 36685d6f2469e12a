/**
 * Links that act: whoever has one may do one thing once, at one step of one release, for a while. What stands in a link is
 * what it is for, under a seal (HMAC-SHA256, RFC 2104) that only this server's key makes. Nothing is remembered of a link:
 * it is over when its time is, or when what it answers has been answered in the journal.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Records } from "../engine/ports.ts";
import type { EventType } from "../rollout/events.ts";

/** What may be done by link: going on, and going back. */
export const linkVerbs = ["approve", "resume", "promote", "abort"] as const;
export type LinkVerb = (typeof linkVerbs)[number];

/** What one link is for. */
export interface Deed {
  readonly rollout: string;
  readonly release: number;
  /** Index of the step that was the current one. */
  readonly step: number;
  readonly verb: LinkVerb;
  /** The entry of the journal that asked for a decision. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly until: number;
  /** The notification that carried it. */
  readonly by: string;
}

/** Long enough for the next morning. */
export const LINK_MS = 24 * 3_600_000;

const NOTE = "link key";
const KEY_BYTES = 32;

const textSchema = z.tuple([z.string(), z.int(), z.int(), z.enum(linkVerbs), z.int(), z.number(), z.string()]);

interface Parts {
  readonly records: Pick<Records, "note" | "writeNote" | "journal">;
  now(): number;
}

export class Links {
  readonly #parts: Parts;
  #key: Promise<Buffer> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The code that stands in an address. */
  async seal({ rollout, release, step, verb, seq, until, by }: Deed): Promise<string> {
    const text = JSON.stringify([rollout, release, step, verb, seq, until, by]);
    const sealed = Buffer.from(text).toString("base64url");
    return `${sealed}.${(await this.#sealOf(sealed)).toString("base64url")}`;
  }

  /** What a code is for; null when this server has not made it. It may be over: see `isOpen`. */
  async open(code: string): Promise<Deed | null> {
    const [sealed = "", seal = "", ...rest] = code.split(".");
    const [expected, given] = [await this.#sealOf(sealed), Buffer.from(seal, "base64url")];
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    // Whatever is sealed was written here, but perhaps by an older Serin.
    const found = textSchema.safeParse(JSON.parse(Buffer.from(sealed, "base64url").toString()));
    if (!found.success) return null;
    const [rollout, release, step, verb, seq, until, by] = found.data;
    return { rollout, release, step, verb, seq, until, by };
  }

  /** Whether the deed can still be done: its time is not over, and nobody has answered. */
  async isOpen({ rollout, seq, until }: Pick<Deed, "rollout" | "seq" | "until">): Promise<boolean> {
    return until > this.#parts.now() && !(await this.#isAnswered(rollout, seq));
  }

  async #isAnswered(rollout: string, seq: number): Promise<boolean> {
    for (let after = seq; ;) {
      const page = await this.#parts.records.journal(after, { rollout, limit: PAGE });
      if (page.some(({ event }) => answers.has(event.type))) return true;
      if (page.length < PAGE) return false;
      after = page.at(-1)?.seq ?? after;
    }
  }

  async #sealOf(sealed: string): Promise<Buffer> {
    // A key that could not be read is asked for again.
    this.#key ??= this.#keyOf().catch((thrown: unknown) => {
      this.#key = null;
      throw thrown;
    });
    return createHmac("sha256", await this.#key)
      .update(sealed)
      .digest();
  }

  /** Made when it is first needed, and kept. */
  async #keyOf(): Promise<Buffer> {
    const { records } = this.#parts;
    const kept = await records.note(NOTE);
    if (kept !== null) return Buffer.from(kept, "base64");
    const made = randomBytes(KEY_BYTES);
    await records.writeNote(NOTE, made.toString("base64"));
    return made;
  }
}

const PAGE = 500;

/** After these a question that was asked before is no longer the one that waits. */
const answers: ReadonlySet<EventType> = new Set([
  "started",
  "stepEntered",
  "stepDone",
  "paused",
  "resumed",
  "waiting",
  "approved",
  "promoted",
  "rolledBack",
  "returned",
  "aborted",
  "undone",
  "ended",
]);
