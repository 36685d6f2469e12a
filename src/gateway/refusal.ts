/**
 * Why a message is refused: the status a client gets for it and one sentence that says what was wrong. Parsers return
 * minus the number of a refusal, so that a positive result can be a position and nothing is allocated.
 */

export interface Refusal {
  readonly status: number;
  readonly why: string;
}

const named = {
  bareLineFeed: { status: 400, why: "a line ends in a line feed without carriage return" },
  bareCarriageReturn: { status: 400, why: "a carriage return is not followed by a line feed" },
  controlByte: { status: 400, why: "a control byte in the head" },
  emptyLine: { status: 400, why: "an empty line or white space before the request line" },
  requestLine: { status: 400, why: "the request line is not METHOD TARGET HTTP/1.1" },
  target: { status: 400, why: "the request target has a form or a byte that is not allowed" },
  targetHost: { status: 400, why: "the host of the request target is not the one in Host" },
  version: { status: 505, why: "only HTTP/1.1 and HTTP/1.0 are spoken here" },
  method: { status: 501, why: "the method is not known" },
  methodNotAllowed: { status: 405, why: "CONNECT and TRACE end at the gateway" },
  targetTooLong: { status: 414, why: "the request target is too long" },
  headTooLarge: { status: 431, why: "the head is too large" },
  tooManyFields: { status: 431, why: "the head has too many fields" },
  fieldName: { status: 400, why: "a field name is empty or has a byte that is not allowed" },
  spaceBeforeColon: { status: 400, why: "white space between field name and colon" },
  folded: { status: 400, why: "a folded field line" },
  noHost: { status: 400, why: "no Host" },
  severalHosts: { status: 400, why: "more than one Host" },
  host: { status: 400, why: "Host is not a name or address with an optional port" },
  severalLengths: { status: 400, why: "more than one Content-Length" },
  length: { status: 400, why: "Content-Length is not a plain decimal number" },
  coding: { status: 400, why: "Transfer-Encoding is not exactly one chunked" },
  codingInOldVersion: { status: 400, why: "Transfer-Encoding in an HTTP/1.0 message" },
  lengthAndCoding: { status: 400, why: "both Content-Length and Transfer-Encoding" },
  connection: { status: 400, why: "Connection is malformed or names a field that frames or routes the message" },
  expectation: { status: 417, why: "only 100-continue can be expected" },
  chunkSize: { status: 400, why: "a chunk size is not a plain hexadecimal number" },
  chunkExtension: { status: 400, why: "a chunk extension is malformed or too long" },
  chunkEnd: { status: 400, why: "a chunk does not end where its size says" },
  trailer: { status: 400, why: "the trailer section is malformed or too long" },
  trailerField: { status: 400, why: "a trailer field that frames, routes or authorizes the message" },
  statusLine: { status: 502, why: "the status line is malformed" },
  status: { status: 502, why: "the status is out of range" },
  lastInterim: { status: 502, why: "an interim answer says that it is the last" },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof named;

const names = Object.keys(named) as RefusalName[];

/** The number of each refusal, from 1. */
export const Refused = Object.fromEntries(names.map((name, index) => [name, index + 1])) as Record<RefusalName, number>;

/** What a (negative) parse result stands for. */
export function refusal(result: number): Refusal & { readonly name: RefusalName } {
  const name = names[-result - 1];
  return { name, ...named[name] };
}
