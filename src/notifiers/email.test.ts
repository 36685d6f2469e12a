import { createServer, type AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { freshCertificate } from "../../test/contract/certificate.ts";
import { wildEvent } from "../../test/contract/chat.ts";
import { MailServer, type Mail, type Reply } from "../../test/contract/mail.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { asSerinError, type SerinError } from "../errors.ts";
import { sentence, type RolloutEvent } from "../rollout/events.ts";
import { email, mailOf } from "./email.ts";

notifierContract("email", { stays: "it speaks SMTP; what follows holds it to the same", said: (text) => text });

const PASSWORD = "correct horse battery staple";
const people = { from: "serin@shop.example", to: ["anna@shop.example", "ben@shop.example"] };
const plain = { host: "127.0.0.1", security: "none", timeout: "10s", ...people };
const secret = { username: "serin", password: { env: "SMTP_PASSWORD" } };

async function send(port: number, more: object = {}, event: RolloutEvent = events.rolledBack, printed: string[] = []) {
  const deps = notifierDeps({ SMTP_PASSWORD: PASSWORD }, printed);
  const notifier = email.create(email.config.parse({ ...plain, port, ...more }), deps);
  await notifier.send(entryOf(event), new AbortController().signal);
}

/** What it fails with, held against what no failure may do. */
async function failure(sending: Promise<void>): Promise<SerinError> {
  const thrown: unknown = await sending.then(() => "it did not fail", asSerinError);
  expect(thrown).toMatchObject({ code: "NOTIFIER_FAILED", details: { permanent: expect.any(Boolean) } });
  const error = thrown as SerinError;
  const all = `${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`;
  expect(all).not.toContain(PASSWORD);
  expect(all).not.toContain(Buffer.from(PASSWORD).toString("base64"));
  expect(error.message).not.toMatch(/\p{Cc}/u);
  expect(error.message.length).toBeLessThan(600);
  return error;
}

const headersOf = ({ text }: Pick<Mail, "text">) =>
  new Map(
    text
      .split("\n\n")[0]
      .replaceAll(/\n[ \t]+/g, " ")
      .split("\n")
      .map((line) => [line.split(":")[0].toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );

/** The parts of a message, decoded. */
function partsOf({ text }: Mail): string[] {
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? "none";
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head, ...body] = part.trimStart().split("\n\n");
      const raw = body.join("\n\n");
      if (/base64/i.test(head)) return Buffer.from(raw, "base64").toString("utf8");
      if (!/quoted-printable/i.test(head)) return raw.trim();
      const bytes = raw
        .replaceAll("=\n", "")
        .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      return Buffer.from(bytes, "latin1").toString("utf8").trim();
    });
}

test("golden messages", () => goldenMessages("email", (event) => mailOf(entryOf(event), people, offersOf(event))));

describe("sends", () => {
  test.each(Object.values(events))("$type with its sentence, to everybody in one mail", async (event) => {
    await using server = await MailServer.open();
    await send(server.port, {}, event);
    const [mail, ...more] = server.mails;
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ ...people, login: null });
    for (const part of partsOf(mail)) expect(part).toContain(sentence(event));
    expect(headersOf(mail).get("subject")).toContain("[shop]");
    expect(headersOf(mail).get("auto-submitted")).toBe("auto-generated");
  });

  test("the same again under the same Message-ID, in the thread of its release", async () => {
    await using server = await MailServer.open();
    await send(server.port, {}, events.started);
    await send(server.port, {}, events.started);
    await send(server.port, {}, events.promoted);
    const [first, again, later] = server.mails.map(headersOf);
    expect(first.get("message-id")).toBe(again.get("message-id"));
    expect(first.get("message-id")).toMatch(/^<shop-41-[0-9a-z]+@shop\.example>$/);
    expect(first.get("references")).toBe(later.get("references"));
    expect(first.get("date")).toBe("Tue, 24 Nov 2026 14:00:00 +0000");
  });

  test("what people write without a header of theirs or markup coming of it", () => {
    fc.assert(
      fc.property(wildEvent, (event) => {
        const { subject, html, text, headers } = mailOf(entryOf(event), people, {});
        expect(subject).not.toMatch(/\p{Cc}/u);
        expect(subject.length).toBeLessThanOrEqual(200);
        const tags = html.match(/<[^>]*>/g) ?? [];
        expect(tags.every((tag) => /^<\/?(div|p|strong)( style="[^"<>]*")?>$/.test(tag))).toBe(true);
        expect(text.isWellFormed()).toBe(true);
        expect(Object.keys(headers)).toEqual(["Auto-Submitted", "X-Serin-Event", "X-Serin-Severity"]);
      }),
      { numRuns: 100 },
    );
  });

  test("a subject of many lines on the wire too", async () => {
    await using server = await MailServer.open();
    await send(server.port, {}, { ...events.paused, reason: "a\r\nBcc: eve@evil.example\r\n\r\nb\n.\nc" });
    const [mail] = server.mails;
    expect(mail.to).toEqual(people.to);
    expect(headersOf(mail).has("bcc")).toBe(false);
    expect(partsOf(mail)[0]).toContain("b\n.\nc");
  });
});

const made = freshCertificate();
describe.skipIf(made === null)("encryption", () => {
  const certificate = made as NonNullable<typeof made>;
  const trusted = getCACertificates();
  afterEach(() => setDefaultCACertificates(trusted));

  test.each([
    ["starttls", false],
    ["tls", true],
  ])("%s, and a password only then", async (security, implicit) => {
    setDefaultCACertificates([...trusted, certificate.cert]);
    await using server = await MailServer.open(certificate, implicit);
    await send(server.port, { security, ...secret });
    expect(server.mails).toMatchObject([{ encrypted: true, login: `serin ${PASSWORD}` }]);
  });

  test.each([
    ["starttls", false],
    ["tls", true],
  ])("%s with a certificate that nobody vouches for: nothing is said", async (security, implicit) => {
    await using server = await MailServer.open(certificate, implicit);
    const error = await failure(send(server.port, { security, ...secret }));
    expect(error.details).toMatchObject({ permanent: false });
    expect(error.message).toContain("certificate that nobody vouches for");
    expect([server.mails, server.commands.includes("AUTH")]).toEqual([[], false]);
  });

  test("a server that offers none is told nothing", async () => {
    await using server = await MailServer.open();
    const error = await failure(send(server.port, { security: "starttls", ...secret }));
    expect(error.details).toMatchObject({ permanent: false });
    expect([server.mails, server.commands.includes("AUTH")]).toEqual([[], false]);
  });

  test("a wrong password is repeated by nobody, though the server repeats it", async () => {
    setDefaultCACertificates([...trusted, certificate.cert]);
    await using server = await MailServer.open(certificate);
    server.reply = (command, line) => (command === "AUTH" ? `535 5.7.8 bad credentials: ${line} ${PASSWORD}` : null);
    const error = await failure(send(server.port, { security: "starttls", ...secret }));
    expect(error.details).toMatchObject({ permanent: false, status: 535 });
    expect(error.message).toContain("does not take the user name or the password");
  });
});

describe("takes an answer for what it is", () => {
  const answered = async (command: string, reply: string) => {
    await using server = await MailServer.open();
    server.reply = (said) => (said === command ? reply : null);
    return await failure(send(server.port));
  };

  test.each([
    [".", "554 5.6.0 message refused", true],
    [".", "552 5.3.4 too large", true],
    [".", "451 4.3.0 try later", false],
    [".", "452 4.2.2 mailbox full", false],
    ["DATA", "503 5.5.1 bad sequence", false],
    ["RCPT", "550 5.1.1 no such mailbox", false],
    ["RCPT", "450 4.2.0 greylisted", false],
    ["MAIL", "530 5.7.0 log in first", false],
    ["MAIL", "421 4.7.0 too many at once", false],
  ])("%s %s", async (command, reply, permanent) => {
    const error = await answered(command, reply);
    expect(error.details).toMatchObject({ permanent, status: Number(reply.slice(0, 3)) });
    expect(error.message).toContain(reply);
  });

  test("one receiver that is refused holds up nobody, and is named", async () => {
    await using server = await MailServer.open();
    server.reply = (command, line) =>
      command === "RCPT" && line.includes("ben@") ? "550 5.1.1 no such mailbox" : null;
    const printed: string[] = [];
    await send(server.port, {}, events.rolledBack, printed);
    expect(server.mails).toMatchObject([{ to: ["anna@shop.example"] }]);
    expect(printed).toEqual(["e-mail of shop was not taken for ben@shop.example"]);
  });
});

describe("outlives", () => {
  const meeting = async (greeting: string | null, reply: Reply = () => null, timeout = "10s") => {
    await using server = await MailServer.open();
    Object.assign(server, { greeting, reply });
    const error = await failure(send(server.port, { timeout }));
    expect(error.details).toMatchObject({ permanent: false });
    expect(server.mails).toEqual([]);
    return error;
  };
  const hello = "220 mail.example ESMTP";

  test("a server that says nothing", async () => {
    expect((await meeting(null, undefined, "300ms")).message).toContain("300ms");
  });

  test.each(["EHLO", "MAIL", "RCPT", "DATA", "."])("silence after %s", async (command) => {
    expect((await meeting(hello, (said) => (said === command ? "silence" : null), "300ms")).message).toContain("300ms");
  });

  test.each(["MAIL", "DATA", "."])("an end of the connection after %s", async (command) => {
    await meeting(hello, (said) => (said === command ? "hang up" : null));
  });

  test.each(["HTTP/1.1 400 Bad Request", "554 no service here", "\u001b[2J\u0007what"])(
    "the greeting %j",
    async (greeting) => {
      await meeting(greeting);
    },
  );

  test("an answer without an end", async () => {
    await meeting(hello, (said) =>
      said === "MAIL" ? Array.from({ length: 2000 }, () => "250-more").join("\r\n") : null,
    );
  });

  test("nobody at the address", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect((await failure(send(port))).message).toContain("refused the connection");
  });

  test("a name that nobody knows", async () => {
    const error = await failure(send(25, { host: "nobody.invalid" }));
    expect(error.details).toMatchObject({ permanent: false });
    expect(error.message).toContain("has a host name");
  });
});

describe("honours the signal", () => {
  const notifier = (port: number) => email.create(email.config.parse({ ...plain, port }), notifierDeps({}));

  test("nothing is sent when it has aborted", async () => {
    await using server = await MailServer.open();
    const error = await failure(notifier(server.port).send(entryOf(), AbortSignal.abort()));
    expect(error.details).toMatchObject({ permanent: false, reason: "stopped" });
    expect(server.commands).toEqual([]);
  });

  test("what is under way is dropped when it aborts", async () => {
    await using server = await MailServer.open();
    const stop = new AbortController();
    server.reply = (command) => (command === "DATA" ? () => stop.abort() : null);
    const error = await failure(notifier(server.port).send(entryOf(), stop.signal));
    expect(error.details).toMatchObject({ permanent: false, reason: "stopped" });
    expect(server.mails).toEqual([]);
  });
});

test("a password that is missing delays the message and is called by its name", async () => {
  const deps = notifierDeps({});
  const settings = email.config.parse({ ...plain, ...secret, security: "tls" });
  const error = await failure(email.create(settings, deps).send(entryOf(), new AbortController().signal));
  expect(error.message).toContain("SMTP_PASSWORD");
  expect(error.details).toMatchObject({ permanent: false, reason: "SECRET_MISSING" });
});

describe("its settings", () => {
  test.each([
    [{ ...secret }, "a password is sent over encrypted connections only"],
    [{ username: "serin" }, "a user name and a password go together"],
    [{ to: [] }, "to"],
    [{ to: ["anna@shop.example\r\nBcc: eve@evil.example"] }, "to"],
    [{ from: "Serin" }, "from"],
    [{ host: "mail.example/x" }, "host"],
    [{ port: 0 }, "port"],
    [{ password: "plain" }, "password"],
  ])("%j are refused", (more, words) => {
    const found = email.config.safeParse({ ...plain, ...more });
    expect(JSON.stringify(found.error?.issues)).toContain(words);
  });
});
