/** JSON lines over a socket: one value a line, of bounded length, UTF-8. */
import type { Socket } from "node:net";

const NEWLINE = 10;

export interface LineReader {
  /** The text of each line. */
  line(text: string): void;
  /** A line is longer than allowed: nothing more is read. */
  tooLong(): void;
}

/** Calls back for each line that comes in. Lines are cut before they are decoded, so no character is ever split. */
export function readLines(socket: Socket, maxBytes: number, reader: LineReader): void {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): boolean => {
    parts.push(part);
    length += part.length;
    return length <= maxBytes;
  };
  const take = (): string => {
    const text = parts.length === 1 ? parts[0].toString("utf8") : Buffer.concat(parts).toString("utf8");
    parts = [];
    length = 0;
    return text;
  };
  const read = (chunk: Buffer): void => {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      if (!add(chunk.subarray(at, end))) return stop();
      reader.line(take());
      at = end + 1;
    }
    if (at < chunk.length && !add(chunk.subarray(at))) stop();
  };
  const stop = (): void => {
    socket.off("data", read);
    parts = [];
    reader.tooLong();
  };
  socket.on("data", read);
}

/** Writes one value; calls back when it is out, or when it never will be. */
export function writeLine(socket: Socket, value: unknown, done?: () => void): void {
  socket.write(`${JSON.stringify(value)}\n`, () => done?.());
}
