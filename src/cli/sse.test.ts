/** Server-sent events in any pieces. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockReader, blocks, type Block } from "./sse.ts";

function read(pieces: readonly string[], lastId = ""): Block[] {
  const reader = new BlockReader(lastId);
  return pieces.flatMap((piece) => [...reader.push(piece)]);
}

test.each<[what: string, text: string, found: Block[]]>([
  ["a block", "id: 7\nevent: paused\ndata: {}\n\n", [{ id: "7", event: "paused", data: "{}" }]],
  ["an id alone says where it begins", "id: 41\n\n", [{ id: "41", event: "message", data: null }]],
  ["several lines of data", "data: a\ndata:b\ndata\n\n", [{ id: "", event: "message", data: "a\nb\n" }]],
  ["one blank after the colon is not part of it", "data:  a\n\n", [{ id: "", event: "message", data: " a" }]],
  ["comments and empty lines are nothing", ": hello\n\n\n:\n\n", []],
  ["unknown fields are nothing", "retry: 2000\nwhatever: 1\n\n", []],
  [
    "the id stays until the next one",
    "id: 1\ndata: a\n\ndata: b\n\n",
    [
      { id: "1", event: "message", data: "a" },
      { id: "1", event: "message", data: "b" },
    ],
  ],
  [
    "the event does not stay",
    "event: x\ndata: a\n\ndata: b\n\n",
    [
      { id: "", event: "x", data: "a" },
      { id: "", event: "message", data: "b" },
    ],
  ],
  ["an id with NUL is none", "id: 1\u0000\ndata: a\n\n", [{ id: "", event: "message", data: "a" }]],
  ["what is broken off is dropped", "data: a\n\ndata: b\n", [{ id: "", event: "message", data: "a" }]],
  ["a byte order mark in front is skipped", "\ufeffdata: a\n\n", [{ id: "", event: "message", data: "a" }]],
  ["CRLF", "data: a\r\n\r\n", [{ id: "", event: "message", data: "a" }]],
  [
    "CR",
    "data: a\r\rdata: b\r\r ",
    [
      { id: "", event: "message", data: "a" },
      { id: "", event: "message", data: "b" },
    ],
  ],
])("%s", (_what, text, found) => {
  expect(read([text])).toEqual(found);
});

test("an id from before is kept", () => {
  expect(read(["data: a\n\n"], "40")).toEqual([{ id: "40", event: "message", data: "a" }]);
});

const line = fc.oneof(
  fc.constantFrom("", "data: a", "data: é\u{1f426}", "data", "id: 3", "id", "event: paused", ": note", 'data:{"a":1}'),
  fc.string({ unit: "binary-ascii" }).map((text) => text.replaceAll(/[\r\n]/g, "")),
);
const end = fc.constantFrom("\n", "\r\n", "\r");
const streamText = fc.array(fc.tuple(line, end)).map((lines) => lines.map(([text, ending]) => text + ending).join(""));

test("however the bytes are cut, the same blocks are read", async () => {
  const cuts = fc.array(fc.nat(400));
  await fc.assert(
    fc.asyncProperty(streamText, cuts, async (text, at) => {
      // A last CR may be half of a CRLF: something must follow before it counts.
      const whole = `${text}\n`;
      const bytes = new TextEncoder().encode(whole);
      const places = [0, ...at.map((place) => Math.min(place, bytes.length)).toSorted((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, i) => bytes.slice(places[i], place));
      const found: Block[] = [];
      for await (const block of blocks(new Blob(pieces).stream())) found.push(block);
      const cut: Block[] = [];
      const inPieces = new ReadableStream<Uint8Array>({
        start(out) {
          for (const piece of pieces) out.enqueue(piece);
          out.close();
        },
      });
      for await (const block of blocks(inPieces)) cut.push(block);
      expect(cut).toEqual(read([whole]));
      expect(found).toEqual(cut);
    }),
  );
});

test("a line without end is refused instead of remembered", () => {
  const reader = new BlockReader();
  const push = () => {
    for (let i = 0; i < 10; i++) for (const _ of reader.push("x".repeat(1_000_000))) expect.unreachable();
  };
  expect(push).toThrow("longer than any of ours");
});
