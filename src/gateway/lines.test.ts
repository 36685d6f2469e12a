import { PassThrough } from "node:stream";
import type { Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLines } from "./lines.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_505);

/** What a reader hears of bytes that come in these pieces. */
function hear(pieces: readonly Buffer[], maxBytes: number): { lines: string[]; tooLong: number } {
  const heard = { lines: [] as string[], tooLong: 0 };
  const socket = new PassThrough();
  readLines(socket as unknown as Socket, maxBytes, {
    line: (text) => void heard.lines.push(text),
    tooLong: () => void (heard.tooLong += 1),
  });
  for (const piece of pieces) socket.emit("data", piece);
  return heard;
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((part) => part % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let from = 0;
  return ends.map((end) => {
    const piece = bytes.subarray(from, end);
    from = end;
    return piece;
  });
}

test("lines come out whole however the bytes are cut, in the midst of a character too", () => {
  const text = fc.string({ unit: "binary", maxLength: 30 }).map((chars) => chars.replaceAll("\n", "é").toWellFormed());
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (lines, at) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
      expect(hear(cut(bytes, at), 1000)).toEqual({ lines, tooLong: 0 });
    }),
    { seed, numRuns: 300 },
  );
});

test("a line that is too long is not kept, and nothing after it is read", () => {
  const long = Buffer.from("abc\n0123456789\nxyz\n");
  expect(hear([long], 9)).toEqual({ lines: ["abc"], tooLong: 1 });
  expect(hear([long.subarray(0, 9), long.subarray(9)], 9)).toEqual({ lines: ["abc"], tooLong: 1 });
  expect(hear([long], 10)).toEqual({ lines: ["abc", "0123456789", "xyz"], tooLong: 0 });
  const endless = Array.from({ length: 100 }, () => Buffer.alloc(10, "a"));
  expect(hear(endless, 99)).toEqual({ lines: [], tooLong: 1 });
});
