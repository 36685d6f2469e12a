/**
 * E-mail, by SMTP (RFC 5321).
 *
 *     notifications:
 *       - email:
 *           host: smtp.example.com
 *           username: serin
 *           password: { env: SMTP_PASSWORD }
 *           from: serin@example.com
 *           to: [releases@example.com]
 *         only: [bad, attention]
 *
 * A message has the same Message-ID however often it is sent, and all of a release answer to one, so that they are one thread.
 */
import { z } from "zod";
import type { SendMailOptions, SMTPTransportOptions } from "nodemailer";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema } from "../engine/secrets.ts";
import { unanswered } from "../engine/unanswered.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { blotted, failed, reading } from "./deliver.ts";
import { hexOf, marks } from "./look.ts";
import { messageOf, notesOf } from "./message.ts";
import { buttonsOf, defineNotifier, offersFor, timeoutSchema, type NotifierDeps, type Offers } from "./notifier.ts";
import { cutTo, escapeHtml, oneLine, utc } from "./text.ts";

const securities = ["starttls", "tls", "none"] as const;

const config = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/, "expected a host's name or address")
      .describe("the mail server"),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe("587, 465 with `security: tls` and 25 with `security: none` unless said"),
    security: z
      .enum(securities)
      .default("starttls")
      .describe(
        "starttls: plain, then encrypted or not at all; tls: encrypted at once; none: as it is, for relays on this machine",
      ),
    username: z
      .union([z.string().min(1).max(200), secretSchema])
      .optional()
      .describe("who logs in; nobody unless said"),
    password: secretSchema.optional().describe("where the password lies"),
    from: z.email().max(200).describe("the sender"),
    to: z.array(z.email().max(200)).min(1).max(50).describe("the receivers"),
    timeout: timeoutSchema,
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ["password"],
    message: "a user name and a password go together",
  })
  .refine(({ password, security }) => password === undefined || security !== "none", {
    path: ["security"],
    message: "a password is sent over encrypted connections only",
  })
  .describe("e-mail by SMTP");

type Settings = z.output<typeof config>;

const ports: Readonly<Record<Settings["security"], number>> = { starttls: 587, tls: 465, none: 25 };

/** RFC 5322 2.1.1: a line of a header may have 998; what is shown of a subject is far less. */
const SUBJECT_CHARACTERS = 200;
const SENTENCE_CHARACTERS = 20_000;

function textOf(entry: JournalEntry, offers: Offers): string {
  const { sentence, at, event } = messageOf(entry);
  const ways = buttonsOf(offers).map(({ label, url }) => `${label}:\n${url}`);
  return [cutTo(sentence, SENTENCE_CHARACTERS), [...notesOf(event), utc(at)].join(" \u00b7 "), ...ways].join("\n\n");
}

function htmlOf(entry: JournalEntry, offers: Offers): string {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const notes = escapeHtml([...notesOf(event), utc(at)].join(" \u00b7 "));
  const ways = buttonsOf(offers).map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  return [
    `<div style="border-left:4px solid ${hexOf(severity)};padding-left:12px;font-family:sans-serif">`,
    `<p><strong>${marks[severity]} ${escapeHtml(rollout)}</strong></p>`,
    `<p>${escapeHtml(sentence, SENTENCE_CHARACTERS)}</p>`,
    `<p style="color:#666">${notes}</p>`,
    ...(ways.length === 0 ? [] : [`<p>${ways.join(" &middot; ")}</p>`]),
    "</div>",
  ].join("\n");
}

/** The message as nodemailer takes it. */
export function mailOf(entry: JournalEntry, { from, to }: Pick<Settings, "from" | "to">, offers: Offers) {
  const { id, rollout, severity, sentence, at, event } = messageOf(entry);
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const thread = `<serin.${rollout}.${event.release}@${domain}>`;
  return {
    from: { name: "Serin", address: from },
    to: [...to],
    subject: cutTo(oneLine(`[${rollout}] ${sentence}`), SUBJECT_CHARACTERS).toWellFormed(),
    date: new Date(at),
    messageId: `<${id}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    // RFC 3834: nobody's out-of-office note answers it.
    headers: { "Auto-Submitted": "auto-generated", "X-Serin-Event": event.type, "X-Serin-Severity": severity },
    text: textOf(entry, offers).toWellFormed(),
    html: htmlOf(entry, offers).toWellFormed(),
    disableFileAccess: true,
    disableUrlAccess: true,
  } satisfies SendMailOptions;
}

async function login({ username, password }: Settings, deps: NotifierDeps) {
  if (username === undefined || password === undefined) return null;
  const user = typeof username === "string" ? username : await reading(deps.secrets, username);
  return { user, pass: await reading(deps.secrets, password) };
}

type Login = Awaited<ReturnType<typeof login>>;

function connection({ host, port, security, timeout }: Settings, auth: Login): SMTPTransportOptions {
  return {
    host,
    port: port ?? ports[security],
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    ...(auth === null ? {} : { auth }),
  };
}

/** What nodemailer throws. */
interface Thrown {
  readonly code?: string;
  /** What the system says, where nodemailer's own code stands over it. */
  readonly originalCode?: string;
  readonly message?: string;
  /** The server's words, and the number before them. */
  readonly response?: string;
  readonly responseCode?: number;
}

const QUOTED_CHARACTERS = 200;

const reasons: Readonly<Partial<Record<string, string>>> = {
  EAUTH: "does not take the user name or the password",
  ECONNECTION: "broke the connection off",
  EDNS: "has a host name that could not be looked up",
  ENOAUTH: "wants a user name and a password",
  EPROTOCOL: "answered with something that is not SMTP",
  ETIMEDOUT: "did not answer in time",
  ETLS: "offers no encryption that could be agreed on",
};

function whyOf(thrown: Thrown): string {
  const { code = "" } = thrown;
  const said = cutTo(oneLine(thrown.response ?? ""), QUOTED_CHARACTERS);
  if (said !== "" && code !== "EAUTH") return `answered ${said}`;
  const known = reasons[code] ?? unanswered({ code: thrown.originalCode ?? code }).why;
  return said === "" ? known : `${known}: ${said}`;
}

/** A server that does not take what was written in a message will not take it later; everything else may be repaired. */
const isFinal = ({ code, responseCode = 0 }: Thrown) => code === "EMESSAGE" && responseCode >= 500;

function failure(thrown: Thrown, { timeout }: Settings, auth: Login, signal: AbortSignal, late: AbortSignal) {
  const to = "the mail server";
  if (signal.aborted) return failed(`the delivery to ${to} was stopped`, { permanent: false, reason: "stopped" });
  if (late.aborted) {
    const sentence = `${to} did not take the message within ${formatDuration(timeout)}`;
    return failed(sentence, { permanent: false, reason: "timeout" });
  }
  const status = thrown.responseCode === undefined ? {} : { status: thrown.responseCode };
  const hide = auth === null ? [] : [auth.pass, auth.user, Buffer.from(auth.pass).toString("base64")];
  const sentence = blotted(`${to} ${whyOf(thrown)}`, hide);
  return failed(sentence, { permanent: isFinal(thrown), reason: thrown.code ?? "no reason given", ...status });
}

function create(settings: Settings, deps: NotifierDeps): Notifier {
  return {
    send: async (entry, signal) => {
      const auth = await login(settings, deps);
      const offers = await offersFor(entry, deps);
      // Only those who send mail wait for what sends it.
      const { createTransport } = await import("nodemailer");
      const late = AbortSignal.timeout(settings.timeout);
      const mail = { ...mailOf(entry, settings, offers), signal: AbortSignal.any([signal, late]) };
      const transport = createTransport(connection(settings, auth));
      const { rejected } = await transport.sendMail(mail).catch((thrown: unknown) => {
        throw failure(thrown as Thrown, settings, auth, signal, late);
      });
      // The others have it: sending it again would be sent to them again.
      if (rejected.length > 0) deps.print(`e-mail of ${entry.rollout} was not taken for ${rejected.join(", ")}`);
    },
  };
}

export const email = defineNotifier({ name: "email", config, create });
