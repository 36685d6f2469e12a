/** A channel of a chat, whose webhook's address is the key to it: one POST for each message. */
import { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema, type SecretRef } from "../engine/secrets.ts";
import { addressOf, deliver, reading, type Delivery } from "./deliver.ts";
import { jsonOf } from "./message.ts";
import { offersFor, timeoutSchema, type NotifierDeps, type Offers } from "./notifier.ts";

export const channelFields = {
  url: secretSchema.describe("where the incoming webhook's address lies; the address itself is the key to the channel"),
  timeout: timeoutSchema,
} as const;

/** `channelFields` and what the chat has besides. */
export const channelSchema = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject({ url: channelFields.url, ...shape, timeout: channelFields.timeout });

export interface Channel extends Pick<Delivery, "words" | "refusal" | "wait"> {
  /** "Discord" */
  readonly to: string;
  readonly at: SecretRef;
  readonly timeoutMs: number;
  readonly payload: (entry: JournalEntry, offers: Offers) => unknown;
  /** Where exactly, when the address says only the channel. */
  readonly aim?: (url: URL, entry: JournalEntry) => URL;
}

export function tellChannel(channel: Channel, deps: NotifierDeps): Notifier {
  const { at, payload, aim = (url: URL) => url, ...how } = channel;
  return {
    send: async (entry, signal) => {
      const address = await reading(deps.secrets, at);
      const offers = await offersFor(entry, deps);
      const url = aim(addressOf(address, at), entry);
      await deliver({ ...how, url, headers: {}, body: jsonOf(payload(entry, offers)), hide: [address] }, deps, signal);
    },
  };
}
