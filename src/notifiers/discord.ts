/**
 * Discord, through a channel's webhook.
 *
 *     notifications:
 *       - discord: { url: { env: DISCORD_URL } }
 */
import { z } from "zod";
import type { JournalEntry } from "../engine/ports.ts";
import { channelSchema, tellChannel } from "./channel.ts";
import { colours, marks } from "./look.ts";
import { isPage, jsonIn, messageOf, notesOf } from "./message.ts";
import { defineNotifier, type Offers } from "./notifier.ts";
import { cutTo, escaped, oneLine } from "./text.ts";

const config = channelSchema({
  username: z
    .string()
    .min(1)
    .max(80)
    // Discord refuses these words in names (docs.discord.com, resources/user, usernames and nicknames)
    .refine((text) => !/clyde|discord/i.test(text), `Discord takes no name with "clyde" or "discord" in it`)
    .optional()
    .describe("the name that the message appears under, instead of the webhook's own"),
}).describe("a channel of Discord");

/** An embed's description has at most 4,096 characters, all of an embed's texts together 6,000 (docs.discord.com, embed limits). */
const SENTENCE_CHARACTERS = 2800;
const FOOTER_CHARACTERS = 300;

/** Whatever Discord's markup gives a meaning; before any of these a backslash takes it away. */
const escape = (character: string) => (/[\\*_~`|>[\]()#<:@-]/.test(character) ? `\\${character}` : character);

/** Inside [...](...) the address may not hold what would end it. */
const linkTo = (label: string, url: string) =>
  `[${escaped(label, escape)}](${url.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll(" ", "%20")})`;

export function discordPayload(entry: JournalEntry, offers: Offers & { readonly username?: string }) {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const { username, link, acts = [] } = offers;
  const said = escaped(sentence, escape, SENTENCE_CHARACTERS);
  const deeds = acts.map(({ label, url }) => linkTo(label, url)).join(" \u00b7 ");
  return {
    ...(username === undefined ? {} : { username }),
    // Nobody is called, whatever a reason holds.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: `${marks[severity]} ${rollout}`,
        ...(link === undefined ? {} : { url: link }),
        description: deeds === "" ? said : `${said}\n\n${deeds}`,
        color: colours[severity],
        timestamp: new Date(at).toISOString(),
        footer: { text: cutTo(oneLine(notesOf(event).join(" \u00b7 ")), FOOTER_CHARACTERS) },
      },
    ],
  };
}

/** What to do about Discord's codes (docs.discord.com, topics/opcodes-and-status-codes, JSON). */
const errors: Readonly<Record<number, string>> = {
  10003: "the channel was removed; make a webhook for another one",
  10015: "the webhook was removed; make a new one",
  50027: "the webhook's address is not right; copy it again",
  50035: "Discord could not read the message",
};

function words(text: string): string | null {
  const answer = jsonIn(text);
  if (answer === null || typeof answer["message"] !== "string") return null;
  const code = Number(answer["code"]);
  return Object.hasOwn(errors, code) ? `${errors[code]} (${code})` : answer["message"];
}

/** Seconds in a header of its own, which its proxies keep where they drop Retry-After. */
function wait(headers: Headers): number | null {
  const seconds = Number(headers.get("x-ratelimit-reset-after") ?? NaN);
  return headers.get("x-ratelimit-remaining") === "0" && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}

/** Without `wait=true` Discord says yes before it knows whether the message can be kept. */
function confirmed(url: URL): URL {
  const asked = new URL(url);
  asked.searchParams.set("wait", "true");
  return asked;
}

export const discord = defineNotifier({
  name: "discord",
  config,
  create: ({ url, username, timeout }, deps) => {
    const as = username === undefined ? {} : { username };
    return tellChannel(
      {
        to: "Discord",
        at: url,
        timeoutMs: timeout,
        aim: confirmed,
        payload: (entry, offers) => discordPayload(entry, { ...as, ...offers }),
        words,
        wait,
        refusal: (text) => (isPage(text) ? "a web page answered, not Discord" : null),
      },
      deps,
    );
  },
});
