/**
 * Where a message body ends. A body passes through as the bytes that came in; this only counts, and for chunked bodies
 * checks every byte of framing on the way (RFC 9112 section 7.1): sizes of plain hexadecimal digits, CRLF and
 * nothing else, extensions and trailers that are well-formed and short. For HTTP/1.0 clients, which know no chunks, it can
 * take the framing out in place.
 */
import type { AnswerHead } from "./answer.ts";
import { CR, FIELD, HEX, LF, SPACE, TAB, TOKEN } from "./bytes.ts";
import { Kind, kindOf } from "./head.ts";
import { Refused } from "./refusal.ts";

/** Hexadecimal digits of a chunk size: 52 bits are exact in a double. */
const MAX_SIZE_DIGITS = 13;
/** Bytes of all chunk extensions of a message, and of its trailer section. */
const MAX_EXTENSIONS = 4096;
const MAX_TRAILERS = 8192;
const MAX_NAME = 128;

const Mode = { LENGTH: 0, CHUNKED: 1, UNTIL_CLOSE: 2 } as const;

/** States of the chunked machine: the byte that comes next. */
const At = {
  SIZE: 0,
  SIZE_LF: 1,
  DATA: 2,
  DATA_CR: 3,
  DATA_LF: 4,
  EXTENSION_NAME: 5,
  EXTENSION_VALUE: 6,
  EXTENSION_QUOTED: 7,
  EXTENSION_ESCAPED: 8,
  EXTENSION_CLOSED: 9,
  TRAILER: 10,
  TRAILER_NAME: 11,
  TRAILER_VALUE: 12,
  TRAILER_LF: 13,
  LAST_LF: 14,
  DONE: 15,
} as const;

export class Body {
  /** The whole body has passed. */
  done = true;
  /** 0, or the refusal that the framing deserves; nothing from the offending byte on may be passed on. */
  refused = 0;
  /** After `take` with unchunking: the end of the payload that now starts where `take` started. */
  payloadEnd = 0;
  #mode: number = Mode.LENGTH;
  #left = 0;
  #state: number = At.SIZE;
  #unchunks = false;
  #digits = 0;
  #quota = 0;
  #part = 0;
  #name: Uint8Array | null = null;

  none(): void {
    this.sized(0);
  }

  sized(length: number): void {
    this.#mode = Mode.LENGTH;
    this.#left = length;
    this.done = length === 0;
    this.refused = 0;
    this.#unchunks = false;
  }

  /** `unchunks` takes the framing out of the bytes as they pass. */
  chunked(unchunks: boolean): void {
    this.#mode = Mode.CHUNKED;
    this.#left = 0;
    this.done = false;
    this.refused = 0;
    this.#unchunks = unchunks;
    this.#state = At.SIZE;
    this.#digits = 0;
    this.#quota = MAX_EXTENSIONS;
  }

  untilClose(): void {
    this.#mode = Mode.UNTIL_CLOSE;
    this.done = false;
    this.refused = 0;
    this.#unchunks = false;
  }

  /** The body that follows an answer's head (RFC 9112 section 6.3). */
  expect(head: AnswerHead, headOnly: boolean, unchunks: boolean): void {
    if (headOnly || head.bodiless) this.none();
    else if (head.chunked) this.chunked(unchunks);
    else if (head.contentLength >= 0) this.sized(head.contentLength);
    else this.untilClose();
  }

  get endsAtClose(): boolean {
    return this.#mode === Mode.UNTIL_CLOSE;
  }

  /** Takes what belongs to this body from bytes[at, end); the position behind it. Look at `refused` and `done` then. */
  take(bytes: Buffer, at: number, end: number): number {
    if (this.done) return at;
    if (this.#mode === Mode.CHUNKED) return this.#takeChunks(bytes, at, end);
    if (this.#mode === Mode.UNTIL_CLOSE) return end;
    const length = Math.min(this.#left, end - at);
    this.#left -= length;
    this.done = this.#left === 0;
    return at + length;
  }

  #takeChunks(bytes: Buffer, at: number, end: number): number {
    this.payloadEnd = at;
    while (at < end) {
      if (this.#state === At.DATA) {
        at = this.#takeData(bytes, at, end);
        continue;
      }
      const next = this.#step(bytes[at]);
      if (next < 0) {
        this.refused = -next;
        return at;
      }
      at++;
      this.#state = next;
      if (next === At.DONE) {
        this.done = true;
        return at;
      }
    }
    return at;
  }

  #takeData(bytes: Buffer, at: number, end: number): number {
    const length = Math.min(this.#left, end - at);
    if (this.#unchunks) {
      bytes.copyWithin(this.payloadEnd, at, at + length);
      this.payloadEnd += length;
    }
    this.#left -= length;
    if (this.#left === 0) this.#state = At.DATA_CR;
    return at + length;
  }

  /** The state that byte `c` of the framing leads to, or minus a refusal. */
  #step(c: number): number {
    switch (this.#state) {
      case At.SIZE:
        return this.#size(c);
      case At.SIZE_LF:
        return c === LF ? this.#chunkStart() : -Refused.bareCarriageReturn;
      case At.DATA_CR:
        return c === CR ? At.DATA_LF : -Refused.chunkEnd;
      case At.DATA_LF:
        return c === LF ? this.#nextChunk() : -Refused.chunkEnd;
      case At.LAST_LF:
        return c === LF ? At.DONE : -Refused.bareCarriageReturn;
      default:
        if (--this.#quota < 0) return -(this.#state >= At.TRAILER ? Refused.trailer : Refused.chunkExtension);
        return this.#state >= At.TRAILER ? this.#trailer(c) : this.#extension(c);
    }
  }

  #size(c: number): number {
    const value = HEX[c];
    if (value < 16) {
      this.#left = this.#left * 16 + value;
      return ++this.#digits > MAX_SIZE_DIGITS ? -Refused.chunkSize : At.SIZE;
    }
    if (this.#digits === 0) return -Refused.chunkSize;
    return this.#endOfSize(c, Refused.chunkSize);
  }

  #endOfSize(c: number, otherwise: number): number {
    if (c === CR) return At.SIZE_LF;
    if (c !== 0x3b) return c === LF ? -Refused.bareLineFeed : -otherwise;
    this.#part = 0;
    return At.EXTENSION_NAME;
  }

  #chunkStart(): number {
    if (this.#left > 0) return At.DATA;
    this.#quota = MAX_TRAILERS;
    return At.TRAILER;
  }

  #nextChunk(): number {
    this.#digits = 0;
    return At.SIZE;
  }

  /** *( ";" token [ "=" ( token / quoted-string ) ] ), without the white space that RFC 9112 lets senders not send. */
  #extension(c: number): number {
    switch (this.#state) {
      case At.EXTENSION_NAME:
        if (TOKEN[c] === 1) return this.#more(At.EXTENSION_NAME);
        if (this.#part === 0) return -Refused.chunkExtension;
        this.#part = 0;
        return c === 0x3d ? At.EXTENSION_VALUE : this.#endOfSize(c, Refused.chunkExtension);
      case At.EXTENSION_VALUE:
        if (TOKEN[c] === 1) return this.#more(At.EXTENSION_VALUE);
        if (this.#part === 0) return c === 0x22 ? At.EXTENSION_QUOTED : -Refused.chunkExtension;
        return this.#endOfSize(c, Refused.chunkExtension);
      case At.EXTENSION_QUOTED:
        if (c === 0x22) return At.EXTENSION_CLOSED;
        if (c === 0x5c) return At.EXTENSION_ESCAPED;
        return FIELD[c] === 1 ? At.EXTENSION_QUOTED : -Refused.chunkExtension;
      case At.EXTENSION_ESCAPED:
        return FIELD[c] === 1 ? At.EXTENSION_QUOTED : -Refused.chunkExtension;
      default:
        return this.#endOfSize(c, Refused.chunkExtension);
    }
  }

  #more(state: number): number {
    this.#part++;
    return state;
  }

  #trailer(c: number): number {
    switch (this.#state) {
      case At.TRAILER:
        if (c === CR) return At.LAST_LF;
        this.#part = 0;
        return this.#trailerName(c);
      case At.TRAILER_NAME:
        return c === 0x3a && this.#part > 0 ? this.#trailerNamed() : this.#trailerName(c);
      case At.TRAILER_VALUE:
        if (c === CR) return At.TRAILER_LF;
        if (c === LF) return -Refused.bareLineFeed;
        return FIELD[c] === 1 ? At.TRAILER_VALUE : -Refused.controlByte;
      default:
        return c === LF ? At.TRAILER : -Refused.bareCarriageReturn;
    }
  }

  #trailerName(c: number): number {
    if (TOKEN[c] === 0 || this.#part === MAX_NAME) return -badTrailer(c, this.#part === 0);
    this.#name ??= new Uint8Array(MAX_NAME);
    this.#name[this.#part] = c;
    return this.#more(At.TRAILER_NAME);
  }

  /** What the gateway reads in a head must not come behind the body, where some merge it into the head (RFC 9110 section 6.5.1). */
  #trailerNamed(): number {
    const kind = this.#name === null ? Kind.OTHER : kindOf(this.#name, 0, this.#part);
    return kind === Kind.OTHER ? At.TRAILER_VALUE : -Refused.trailerField;
  }
}

function badTrailer(c: number, first: boolean): number {
  if (c === LF) return Refused.bareLineFeed;
  if (c === SPACE || c === TAB) return first ? Refused.folded : Refused.spaceBeforeColon;
  return Refused.trailer;
}
