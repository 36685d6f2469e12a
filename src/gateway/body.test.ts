/** Where bodies end, in whatever pieces they come. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Body } from "./body.ts";
import { type RefusalName, refusal } from "./refusal.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_610);

interface Outcome {
  readonly taken: number;
  readonly done: boolean;
  readonly refused: RefusalName | null;
  readonly payload: string;
}

/** Feeds pieces until the body is done or refused. */
function feed(body: Body, pieces: readonly string[], unchunks: boolean): Outcome {
  let [taken, payload] = [0, ""];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, "latin1");
    const behind = body.take(bytes, 0, bytes.length);
    payload += bytes.toString("latin1", 0, unchunks ? body.payloadEnd : behind);
    taken += behind;
    if (body.done || body.refused > 0) break;
  }
  return { taken, done: body.done, refused: body.refused > 0 ? refusal(-body.refused).name : null, payload };
}

function chunked(pieces: readonly string[], unchunks = true): Outcome {
  const body = new Body();
  body.chunked(unchunks);
  return feed(body, pieces, unchunks);
}

test.each([
  ["5\r\nhello\r\n0\r\n\r\n", "hello"],
  ['5;a\r\nhello\r\n1;a=b;c="d;\\"e"\r\n!\r\n0;x\r\n\r\n', "hello!"],
  ["00005\r\nhello\r\n000\r\n\r\n", "hello"],
  ["a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\nX-A: b\r\nX-B:\r\n\r\n", "01234567890123456789a"],
  ["2\r\n\r\n\r\n0\r\n\r\n", "\r\n"],
])("%j holds %j", (text, payload) => {
  expect(chunked([`${text}GET`])).toEqual({ taken: text.length, done: true, refused: null, payload });
});

test.each<[string, number, RefusalName]>([
  ["x\r\n", 0, "chunkSize"],
  ["\r\n", 0, "chunkSize"],
  [";a\r\n", 0, "chunkSize"],
  ["5 \r\nhello", 1, "chunkSize"],
  ["5\nhello", 1, "bareLineFeed"],
  ["5\rhello", 2, "bareCarriageReturn"],
  ["10000000000000\r\n", 13, "chunkSize"],
  ["2\r\nabc", 5, "chunkEnd"],
  ["2\r\nab\r0", 6, "chunkEnd"],
  ["2\r\nab\n", 5, "chunkEnd"],
  ["1;\r\n", 2, "chunkExtension"],
  ["1; a\r\n", 2, "chunkExtension"],
  ["1;a=\r\n", 4, "chunkExtension"],
  ['1;a="b\r\n', 6, "chunkExtension"],
  ['1;a="b"c\r\n', 7, "chunkExtension"],
  ["1;a\n", 3, "bareLineFeed"],
  ["0\r\nX: a\n", 7, "bareLineFeed"],
  ["0\r\nX: a\rb", 8, "bareCarriageReturn"],
  ["0\r\nX\r\n", 4, "trailer"],
  ["0\r\n X: a\r\n", 3, "folded"],
  ["0\r\nX : a\r\n", 4, "spaceBeforeColon"],
  ["0\r\n: a\r\n", 3, "trailer"],
  ["0\r\nX: \0\r\n", 6, "controlByte"],
  ["0\r\n\n", 3, "bareLineFeed"],
  ["0\r\n\rX", 4, "bareCarriageReturn"],
  ["0\r\nContent-Length: 1\r\n", 17, "trailerField"],
  ["0\r\ntransfer-encoding: chunked\r\n", 20, "trailerField"],
  ["0\r\nHost: a\r\n", 7, "trailerField"],
  ["0\r\nAuthorization: a\r\n", 16, "trailerField"],
  ["0\r\nCookie: a\r\n", 9, "trailerField"],
  ["0\r\nX-Forwarded-For: a\r\n", 18, "trailerField"],
])("%j is refused at byte %d: %s", (text, taken, refused) => {
  expect(chunked([text], false)).toMatchObject({ taken, done: false, refused });
});

test("extensions and trailers have a limit each", () => {
  expect(chunked([`1;${"a".repeat(5000)}\r\n`], false)).toMatchObject({ taken: 4098, refused: "chunkExtension" });
  const trailers = "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(300);
  expect(chunked([`0\r\n${trailers}`], false)).toMatchObject({ taken: 8195, refused: "trailer" });
});

/** Cuts a text at the given places. */
function cut(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
}

const part = fc.string({ minLength: 1, maxLength: 300, unit: "binary-ascii" });
const cuts = fc.array(fc.nat({ max: 3000 }), { maxLength: 30 });

test("chunked bodies in any pieces: all of the body, nothing of what follows, the same payload", () => {
  const extension = fc.constantFrom("", ";a", ';b="c"');
  fc.assert(
    fc.property(fc.array(fc.tuple(part, extension), { maxLength: 6 }), cuts, fc.boolean(), (parts, at, unchunks) => {
      const chunks = parts.map(([text, more]) => `${text.length.toString(16)}${more}\r\n${text}\r\n`);
      const text = `${chunks.join("")}0\r\nX-Sum: 1\r\n\r\n`;
      const payload = unchunks ? parts.map(([text]) => text).join("") : text;
      const outcome = chunked(cut(`${text}GET / HTTP/1.1\r\n`, at), unchunks);
      expect(outcome).toEqual({ taken: text.length, done: true, refused: null, payload });
    }),
    { seed },
  );
});

test("malformed chunks in any pieces: refused at the same byte for the same reason", () => {
  const junk = fc.string({
    maxLength: 40,
    unit: fc.constantFrom("0", "3", "a", "\r\n", "\r", "\n", ";", "=", '"', " ", "x"),
  });
  fc.assert(
    fc.property(junk, cuts, (text, at) => {
      const whole = chunked([text], false);
      expect(chunked(cut(text, at), false)).toEqual(whole);
    }),
    { seed, numRuns: 2000 },
  );
});

test("sized bodies in any pieces", () => {
  fc.assert(
    fc.property(part, cuts, (text, at) => {
      const body = new Body();
      body.sized(text.length);
      const outcome = feed(body, cut(`${text}next`, at), false);
      expect(outcome).toEqual({ taken: text.length, done: true, refused: null, payload: text });
    }),
    { seed },
  );
});

test("no body is done at once; a body without end never is", () => {
  const body = new Body();
  body.none();
  expect(body.done).toBe(true);
  expect(body.take(Buffer.from("next"), 0, 4)).toBe(0);
  body.untilClose();
  expect(body.take(Buffer.from("all"), 0, 3)).toBe(3);
  expect(body.done).toBe(false);
});
