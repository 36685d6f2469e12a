/**
 * Any HTTP receiver: one POST of JSON for each event, signed, at least once.
 *
 *     notifications:
 *       - webhook:
 *           url: https://ops.example/serin
 *           secret: { env: SERIN_WEBHOOK_SECRET }
 *
 * The body is `{ id, rollout, seq, at, type, severity, sentence, event }`, `link` where Serin's own address is known, and
 * `acts` where somebody is to decide. Headers:
 *   Serin-Delivery    the id: the same however often the message is sent, so that a receiver can drop what it has seen
 *   Serin-Signature   `t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 with the secret of `<t>.<body>`
 *
 * To verify, take the body's bytes before parsing them, compute the same HMAC over `t`, a dot and the bytes, compare in
 * constant time, and refuse a `t` more than five minutes off: `verifySignature` does exactly that, and in a shell
 *
 *     printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret"
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Notifier } from "../engine/ports.ts";
import { nameOfSecret, secretSchema, type SecretRef } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import { addressFrom, addressSchema } from "./address.ts";
import { deliver, reading } from "./deliver.ts";
import { jsonOf, messageOf } from "./message.ts";
import { defineNotifier, offersFor, timeoutSchema, type NotifierDeps } from "./notifier.ts";

/** Written by Serin or by HTTP itself. */
const ownHeaders = /^(host|content-length|content-type|transfer-encoding|connection|expect|upgrade|serin-.*)$/i;

const header = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header")
  .refine((name) => !ownHeaders.test(name), { message: "this header is Serin's own or HTTP's" });

const printable = /^[\x20-\x7e]*$/;

const config = z
  .strictObject({
    url: addressSchema.describe("where to send; a secret when the address itself opens doors"),
    secret: secretSchema.describe("the key that messages are signed with; the receiver has the same"),
    headers: z
      .record(header, z.union([z.string().regex(printable, "expected printable ASCII"), secretSchema]))
      .default({})
      .describe("more headers; a secret for tokens"),
    timeout: timeoutSchema,
  })
  .describe("any HTTP receiver: JSON, signed, at least once");

/** How far a signature's time may be off, milliseconds: long enough for slow clocks, short enough against replay. */
export const SIGNATURE_TOLERANCE_MS = 300_000;

const mac = (seconds: number, body: string | Uint8Array, secret: string) =>
  createHmac("sha256", secret).update(`${seconds}.`).update(body).digest();

/** The header for a body; `now` in epoch milliseconds. */
export function signatureOf(body: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  return `t=${seconds},v1=${mac(seconds, body, secret).toString("hex")}`;
}

/**
 * For receivers: whether the body (its bytes as received) was signed with the secret within five minutes of `now`
 * (epoch milliseconds). A header may carry several `v1`; one that fits is enough.
 */
export function verifySignature(
  body: string | Uint8Array,
  header: string | null | undefined,
  secret: string,
  now: number,
): boolean {
  const parts = (header ?? "").split(",").map((part) => part.trim());
  const time = parts.find((part) => part.startsWith("t="))?.slice(2) ?? "";
  if (!/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(now - Number(time) * 1000) > SIGNATURE_TOLERANCE_MS) return false;
  const expected = mac(Number(time), body, secret);
  return parts
    .filter((part) => /^v1=[0-9a-f]{64}$/.test(part))
    .some((part) => timingSafeEqual(Buffer.from(part.slice(3), "hex"), expected));
}

function headerValue(text: string, ref: SecretRef): string {
  if (printable.test(text)) return text;
  const message = `${nameOfSecret(ref)} holds characters that no header can carry`;
  throw new SerinError("NOTIFIER_FAILED", message, { details: { permanent: false, reason: "SECRET_MISSING" } });
}

type HeadersFrom = Readonly<Record<string, string | SecretRef>>;

async function headersFrom(written: HeadersFrom, deps: NotifierDeps): Promise<Record<string, string>> {
  const read = Object.entries(written).map(async ([name, value]) => [
    name.toLowerCase(),
    typeof value === "string" ? value : headerValue(await reading(deps.secrets, value), value),
  ]);
  return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
}

function create(
  { url: written, secret: ref, headers, timeout }: z.output<typeof config>,
  deps: NotifierDeps,
): Notifier {
  return {
    send: async (entry, signal) => {
      const { url, place } = await addressFrom(written, deps);
      const secret = await reading(deps.secrets, ref);
      const more = await headersFrom(headers, deps);
      const message = messageOf(entry);
      const body = jsonOf({ ...message, ...(await offersFor(entry, deps)) });
      const own = { "serin-delivery": message.id, "serin-signature": signatureOf(body, secret, deps.now()) };
      const hide = [secret, ...Object.values(more)];
      const to = `the webhook${place}`;
      await deliver({ to, url, headers: { ...more, ...own }, body, timeoutMs: timeout, hide }, deps, signal);
    },
  };
}

export const webhook = defineNotifier({ name: "webhook", config, create });
