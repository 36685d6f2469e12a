/**
 * What every notifier must do, whoever it speaks to. Each notifier's test calls `notifierContract`; those that speak
 * over the network are set before a real receiver that answers, stalls, lies and breaks off.
 */
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Notifier } from "../../src/engine/ports.ts";
import { secretsFrom } from "../../src/engine/secrets.ts";
import { asSerinError, type SerinError } from "../../src/errors.ts";
import type { NotifierDeps } from "../../src/notifiers/index.ts";
import { sentence, type RolloutEvent } from "../../src/rollout/events.ts";
import { freshCertificate } from "./certificate.ts";
import { entryOf, events } from "./notifier-fixtures.ts";
import { Receiver, status, type Answer, type Arrived } from "./receiver.ts";

export interface NotifierUnderTest {
  /**
   * A notifier for the receiver at SECRET_URL of the environment, which waits so long for an answer. Left out by those
   * that speak to no network, with the reason.
   */
  networked?: (deps: NotifierDeps, patience: string) => Notifier;
  readonly stays?: string;
  /** A notifier with its default settings. */
  readonly local?: (deps: NotifierDeps) => Notifier;
  /** The message's id and sentence in what arrived, whatever surrounds them. */
  readonly said: (text: string) => string;
  /** Why its address is no secret: then it is not read when needed, and nothing is said of it when it is missing. */
  readonly plainAddress?: string;
  /** Which events it tells; all of them unless said. */
  readonly tells?: (event: RolloutEvent) => boolean;
  /** Where the message of an event goes, when that is not the address alone. */
  readonly path?: (address: string, event: RolloutEvent) => string;
  /** Answers what is asked beside the message, and says so: such requests do not count. */
  readonly aside?: Receiver["aside"];
  /** The variable of `env` that holds its key, where the address is none. */
  readonly key?: string;
  /** Values of the environment that no message may repeat, besides the address. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Fixed: what a message says of the time is the event's, not the present. */
export const NOW = Date.UTC(2026, 10, 24, 14, 0, 5);

export function notifierDeps(env: Record<string, string>, printed: string[] = []): NotifierDeps {
  const readFile = async () => {
    throw Object.assign(new Error("no file here"), { code: "ENOENT" });
  };
  return { fetch, secrets: secretsFrom({ env, readFile }), now: () => NOW, print: (line) => void printed.push(line) };
}

/** A notifier whose address stands in the document: it is made with the receiver's. */
export const madeAt =
  (make: (url: string, deps: NotifierDeps, patience: string) => Notifier) =>
  (deps: NotifierDeps, patience: string): Notifier => ({
    send: async (entry, signal) => make(await deps.secrets({ env: "SECRET_URL" }), deps, patience).send(entry, signal),
  });

export function notifierContract(name: string, subject: NotifierUnderTest): void {
  describe(`${name} keeps the Notifier contract`, () => {
    const { local, networked } = subject;
    if (local !== undefined) describe("here", () => locally(local, subject));
    if (networked === undefined) test.skip(`over the network: ${subject.stays}`);
    else describe("over the network", () => overNetwork(networked, subject));
  });
}

const never = () => new AbortController().signal;

function locally(make: (deps: NotifierDeps) => Notifier, { said, env }: NotifierUnderTest): void {
  test.each(Object.values(events))("says the sentence of $type", async (event) => {
    const printed: string[] = [];
    await make(notifierDeps({ ...env }, printed)).send(entryOf(event), never());
    expect(printed).toHaveLength(1);
    expect(said(printed[0])).toContain(sentence(event));
  });
}

/** A path that opens doors, as Slack's do. */
const KEY_PATH = "/services/T0SECRET0/B0SECRET0/tokensecret123";

function overNetwork(make: NonNullable<NotifierUnderTest["networked"]>, subject: NotifierUnderTest): void {
  const { said, env = {}, plainAddress, key, tells = () => true, path: pathOf = (address) => address, aside } = subject;
  const opened = async () => Object.assign(await Receiver.open(), { aside: aside ?? (() => false) });
  const [told, untold] = [Object.values(events).filter(tells), Object.values(events).filter((event) => !tells(event))];
  let receiver: Receiver;
  let variables: Record<string, string>;
  /** Short only where somebody is to be outwaited: a busy machine takes its time. */
  let patience: string;
  beforeEach(async () => {
    patience = "20s";
    receiver = await opened();
    variables = { ...env, SECRET_URL: receiver.url(KEY_PATH) };
  });
  afterEach(() => receiver[Symbol.asyncDispose]());

  const send = (event: RolloutEvent = events.rolledBack, signal = never()) =>
    make(notifierDeps(variables), patience).send(entryOf(event), signal);
  /** What it fails with, after it has been held against what no failure may do. */
  const failure = async (answer?: Answer, signal?: AbortSignal): Promise<SerinError> => {
    if (answer !== undefined) receiver.answer = answer;
    const thrown: unknown = await send(undefined, signal).then(() => "it did not fail", asSerinError);
    expect(thrown).toMatchObject({
      name: "SerinError",
      code: "NOTIFIER_FAILED",
      details: { permanent: expect.any(Boolean) },
    });
    const error = thrown as SerinError;
    const all = `${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`;
    for (const secret of [...Object.values(variables), KEY_PATH, "tokensecret123"]) expect(all).not.toContain(secret);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message.length).toBeLessThan(600);
    return error;
  };

  describe("sends", () => {
    test.each(told)("$type with its sentence, as JSON, in one POST", async (event) => {
      await send(event);
      expect(receiver.arrived).toHaveLength(1);
      const [{ method, path, headers, body }] = receiver.arrived as [Arrived];
      expect({ method, path }).toEqual({ method: "POST", path: pathOf(KEY_PATH, event) });
      expect(headers["content-type"]).toMatch(/^application\/json(; charset=utf-8)?$/);
      expect(said(body)).toContain(sentence(event));
    });

    if (untold.length > 0)
      test.each(untold)("nothing of $type", async (event) => {
        await send(event);
        expect(receiver.arrived).toEqual([]);
      });

    test("what looks like markup, ends lines or is half a character, in JSON that every parser takes", async () => {
      const reason = `<!channel> & "quoted" \\ \u2028 line\nbreak \u0000 \ud83d \u{1f426}`;
      await send({ ...events.paused, reason });
      const [{ body }] = receiver.arrived as [Arrived];
      expect(() => JSON.parse(body) as unknown).not.toThrow();
      expect(said(body)).toContain("\u{1f426}");
      expect(body).not.toMatch(/\\ud83d(?!\\udc26)/);
    });

    test("the same again when it is asked to, under the same id", async () => {
      await send();
      await send();
      expect(receiver.arrived[0].body).toBe(receiver.arrived[1].body);
    });
  });

  describe("takes an answer for what it is", () => {
    test.each([200, 201, 202, 204])("%i: taken", async (code) => {
      receiver.answer = status(code, code === 204 ? "" : "ok");
      await expect(send()).resolves.toBeUndefined();
    });

    test.each([400, 410, 413, 415, 422])("%i: this message never", async (code) => {
      expect((await failure(status(code, "no"))).details).toMatchObject({ permanent: true, status: code });
    });

    test.each([300, 401, 402, 403, 404, 405, 408, 409, 425, 429, 500, 501, 502, 503, 504, 599])(
      "%i: perhaps later",
      async (code) => {
        expect((await failure(status(code, "no"))).details).toMatchObject({ permanent: false, status: code });
      },
    );

    test.each([
      ["7", 7000],
      ["0", 0],
      ["Tue, 24 Nov 2026 14:00:35 GMT", 30_000],
      ["Tue, 24 Nov 2026 13:00:00 GMT", 0],
      ["86400", 3_600_000],
    ])("Retry-After: %s", async (header, retryAfterMs) => {
      expect((await failure(status(429, "", { "retry-after": header }))).details).toMatchObject({ retryAfterMs });
    });

    test.each(["soon", "-5", "1e9x", ""])("Retry-After: %j says nothing", async (header) => {
      expect((await failure(status(503, "", { "retry-after": header }))).details).not.toHaveProperty("retryAfterMs");
    });

    test.each([301, 302, 303, 307, 308])("%i is not followed: nobody else is told", async (code) => {
      await using other = await Receiver.open();
      const error = await failure(status(code, "", { location: other.url("/elsewhere") }));
      expect(error.message).toContain("redirect");
      expect(error.message).not.toContain("elsewhere");
      expect(other.arrived).toEqual([]);
    });
  });

  describe("says what went wrong", () => {
    test("in the receiver's own words, shortened and without control characters", async () => {
      const error = await failure(status(500, `\u001b[31mdatabase\r\n\u0007is down ${"x".repeat(1_000_000)}`));
      expect(error.message).toContain("500");
      expect(error.message).toContain("database is down");
    });

    test("and no secret, though the receiver repeats all it was sent", async () => {
      const error = await failure((response, { path, headers, body }) => {
        const echo = `${path} ${encodeURIComponent(path)} ${JSON.stringify(headers)} ${body}`;
        response.writeHead(500, { "x-echo": encodeURIComponent(echo) }).end(echo);
      });
      expect(error.message).toContain("***");
    });
  });

  describe("outlives", () => {
    test("an answer that does not come", async () => {
      patience = "300ms";
      const error = await failure(() => {});
      expect(error.details).toMatchObject({ permanent: false, reason: "timeout" });
      expect(error.message).toContain("300ms");
    });

    test("an answer that never ends: it was taken", async () => {
      receiver.answer = (response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        const drip = setInterval(() => response.write("x".repeat(1000)), 5);
        response.on("close", () => clearInterval(drip));
      };
      await expect(send()).resolves.toBeUndefined();
      await expect.poll(() => receiver.gone).toBe(1);
    });

    test("an answer whose body stalls: the status counts", async () => {
      receiver.answer = (response) => void response.writeHead(200).write("ok, and");
      await expect(send()).resolves.toBeUndefined();
      const error = await failure((response) => void response.writeHead(503).write("busy"));
      expect(error.details).toMatchObject({ permanent: false, status: 503 });
      expect(error.message).toContain("busy");
    });

    test("an answer that breaks off in its body: the status counts", async () => {
      receiver.answer = (response) => {
        response.writeHead(200, { "content-length": "100" }).write("half");
        setTimeout(() => response.destroy(), 20);
      };
      await expect(send()).resolves.toBeUndefined();
    });

    test.each([
      ["before it begins", ""],
      ["in its head", "HTTP/1.1 200 OK\r\ncontent-le"],
    ])("an answer that breaks off %s", async (_where, bytes) => {
      const error = await failure((response) => void response.socket?.end(bytes));
      expect(error.details).toMatchObject({ permanent: false });
      expect(error.message).toContain("broke the connection off");
    });

    test("an answer that is not HTTP", async () => {
      const error = await failure((response) => void response.socket?.end("220 mail.example ESMTP\r\n"));
      expect(error.details).toMatchObject({ permanent: false });
      expect(error.message).toContain("not HTTP");
    });

    test("nobody at the address", async () => {
      variables["SECRET_URL"] = `http://127.0.0.1:${await closedPort()}${KEY_PATH}`;
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false, reason: "ECONNREFUSED" });
      expect(error.message).toContain("refused the connection");
    });

    test("a name that nobody knows", async () => {
      variables["SECRET_URL"] = `http://nobody.invalid${KEY_PATH}`;
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false });
      expect(error.message).not.toContain("nobody.invalid");
    });

    test("a receiver that speaks no TLS", async () => {
      variables["SECRET_URL"] = receiver.url(KEY_PATH).replace("http:", "https:");
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false });
      expect(error.message).toContain("TLS");
    });

    const certificate = freshCertificate();
    test.skipIf(certificate === null)("a certificate that nobody vouches for: nothing is sent", async () => {
      await using posing = await Receiver.open(certificate as NonNullable<typeof certificate>);
      variables["SECRET_URL"] = posing.url(KEY_PATH);
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false });
      expect(error.message).toContain("certificate that nobody vouches for");
      expect(posing.arrived).toEqual([]);
    });
  });

  describe("honours the signal", () => {
    test("nothing is sent when it has aborted", async () => {
      const error = await failure(undefined, AbortSignal.abort());
      expect(error.details).toMatchObject({ permanent: false });
      expect(receiver.arrived).toEqual([]);
    });

    test("what is under way is dropped when it aborts", async () => {
      const stop = new AbortController();
      const error = await failure(() => stop.abort(), stop.signal);
      expect(error.details).toMatchObject({ permanent: false, reason: "stopped" });
      await expect.poll(() => receiver.gone).toBe(1);
    });
  });

  if (key !== undefined)
    test("a key that is missing delays the message and is called by its name", async () => {
      delete variables[key];
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false, reason: "SECRET_MISSING" });
      expect(error.message).toContain(key);
      expect(receiver.arrived).toEqual([]);
    });

  if (plainAddress !== undefined) return test.skip(`reads its secrets when it needs them: ${plainAddress}`);
  describe("reads its secrets when it needs them", () => {
    test("one that is missing delays the message and is called by its name", async () => {
      delete variables["SECRET_URL"];
      const error = await failure();
      expect(error.details).toMatchObject({ permanent: false, reason: "SECRET_MISSING" });
      expect(error.message).toContain("SECRET_URL");
    });

    test.each(["not an address", "ftp://127.0.0.1/x", "http://user:pass@127.0.0.1/x", "javascript:alert(1)"])(
      "an address like %j is refused without being repeated",
      async (address) => {
        variables["SECRET_URL"] = address;
        expect((await failure()).message).toContain("SECRET_URL");
      },
    );

    test("one that was replaced takes effect at once", async () => {
      const notifier = make(notifierDeps(variables), patience);
      await notifier.send(entryOf(), never());
      await using next = await opened();
      variables["SECRET_URL"] = next.url(KEY_PATH);
      await notifier.send(entryOf(), never());
      expect([receiver.arrived.length, next.arrived.length]).toEqual([1, 1]);
    });
  });
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
