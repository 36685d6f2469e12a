/** Arbitrary HTTP/1.1: mostly right, wrong in every way that has ever confused two parsers, and then some random edits. */
import fc from "fast-check";

const often = <T>(usual: readonly T[], odd: readonly T[], weight = 10): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constantFrom(...usual), weight }, { arbitrary: fc.constantFrom(...odd), weight: 1 });

const lineEnd = often(["\r\n"], ["\n", "\r", "\r\r\n", "\n\r\n", "\r\n ", "\r\n\r\n", " \r\n", ""], 60);
const colon = often([": ", ":"], [" : ", ":\t", ":  ", "\t:", "", "::", ": \v"], 30);
const host = fc.constantFrom("Host: a\r\n", "host:a.example:80\r\n", "Host: [::1]:8080\r\n");
const words = (text: string) => text.split("|");
const otherField = fc.constantFrom(
  ...words("X-A|x-b|Cookie|Accept|User-Agent|Content-Type|Trailer|TE|Connection|Keep-Alive"),
);
const framing = fc.constantFrom("Content-Length", "Transfer-Encoding", "content-length", "TRANSFER-ENCODING");
const oddName = fc.constantFrom(...words("X A||X\0|X\x80|\u00c4|X-A\t| X|Host|Expect|Upgrade|(x)|X@Y"));
const value = often(
  ["a", "", "a b", "a, b", "close", "keep-alive", "x=1; y=2", "\xe9", "text/plain"],
  ["a\0b", "a\x7f", "a\rb", "\ta\t", "upgrade", "content-length", "100-continue", "websocket", "\x01", "a\vb"],
  8,
);
const oddLengths = words("+3|-3|03|0x3|3,3|3, 3|3;|3 || |3 3|99999999999999999999|3.0|\v3");
const oddCodings = words(
  'chunked, chunked|gzip, chunked|chunked, gzip|identity|xchunked|chunked;x|"chunked"|chunked,|,chunked|chunked\0|\vchunked|ch\tunked|gzip',
);
const frame = often(["0", "3", "5", "chunked", "Chunked"], oddLengths.concat(oddCodings), 5);
const field = fc.oneof(
  { arbitrary: fc.tuple(otherField, colon, value, lineEnd).map((parts) => parts.join("")), weight: 12 },
  { arbitrary: fc.tuple(framing, colon, frame, lineEnd).map((parts) => parts.join("")), weight: 3 },
  { arbitrary: fc.tuple(oddName, colon, value, lineEnd).map((parts) => parts.join("")), weight: 1 },
);
const fields = fc.array(field, { maxLength: 3 }).map((all) => all.join(""));

const size = often(
  ["3", "03", "a", "A", "1"],
  ["+3", "0x3", "3 ", "\t3", "3\t", "", "g", "-3", "fffffffffffffffff", "3_"],
  15,
);
const extension = often(
  ["", "", "", ";a=b", ";a", ';a="b c"'],
  [";", ";=", ";a=", " ;a", "; a=b", ";a\0", ';a="', ";a;;b", ";a\n"],
  10,
);
const data = fc.constantFrom("abc", "abc", "a", "ab", "abcd", "abcabcabca", "\r\n0", "");
const chunk = fc.tuple(size, extension, lineEnd, data, lineEnd).map((parts) => parts.join(""));
const rightChunk = fc
  .string({ minLength: 1, maxLength: 20, unit: "binary-ascii" })
  .map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
const trailer = often(
  ["", "", "X-T: 1\r\n"],
  ["Content-Length: 3\r\n", "Host: b\r\n", "X : 1\r\n", " x\r\n", "X: 1\n", "X\r\n"],
);
const chunked = fc
  .tuple(
    fc.array(fc.oneof({ arbitrary: rightChunk, weight: 3 }, { arbitrary: chunk, weight: 1 }), { maxLength: 3 }),
    often(["0"], ["00", "0;x", "", "0 "]),
    lineEnd,
    trailer,
    lineEnd,
  )
  .map(([chunks, ...rest]) => chunks.join("") + rest.join(""));
const body = fc.oneof(
  fc.constant(""),
  fc.constantFrom("abc", "abcde", "ab", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  chunked,
);
/** A message that frames itself as it says. */
const honest = fc.oneof(
  fc.constant("\r\n"),
  fc.string({ maxLength: 30, unit: "binary-ascii" }).map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`),
  chunked.map((text) => `Transfer-Encoding: chunked\r\n\r\n${text}`),
);
const rest = fc.oneof(
  { arbitrary: fc.tuple(fields, lineEnd, body).map((parts) => parts.join("")), weight: 1 },
  { arbitrary: fc.tuple(fields, honest).map((parts) => parts.join("")), weight: 1 },
);

const method = often(
  ["GET", "POST", "HEAD", "PUT", "OPTIONS", "QUERY"],
  ["get", "BREW", "CONNECT", "TRACE", "G\tT", "", "PRI", "M-SEARCH"],
  30,
);
const target = often(
  ["/", "/a?b=c", "/%00", "http://a/", "*"],
  ["", "a", "/a b", "/#", "/\xff", "/\0", "http://", "//", "http://a@b/"],
  15,
);
const version = often(
  [" HTTP/1.1", " HTTP/1.0"],
  [" HTTP/1.2", " HTTP/2.0", " http/1.1", " HTTP/1.1 ", "", " HTTP/1", "  HTTP/1.1", " HTTP/1.10"],
  30,
);
const request = fc
  .tuple(method, often([" "], ["  ", "\t", ""], 40), target, version, lineEnd, often([true], [false], 15), host, rest)
  .map(
    ([name, gap, where, how, end, hosted, named, more]) =>
      `${name}${gap}${where}${how}${end}${hosted ? named : ""}${more}`,
  );

const statusLine = often(
  [
    "HTTP/1.1 200 OK",
    "HTTP/1.1 404 Not Found",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.0 200 OK",
    "HTTP/1.1 200 ",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 103 Early Hints",
  ],
  [
    "HTTP/1.1 200",
    "HTTP/1.1 20",
    "HTTP/1.1 2000 OK",
    "HTTP/2.0 200 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 099 X",
    "HTTP/1.1 200\tOK",
    "ICY 200 OK",
    "HTTP/1.1 abc OK",
    "HTTP/1.1 101 Switch",
    "HTTP/1.0 100 Continue",
    "HTTP/1.1 200 O\0K",
  ],
  8,
);
const answer = fc.tuple(statusLine, lineEnd, rest).map((parts) => parts.join(""));

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 400 }),
  remove: fc.nat({ max: 3 }),
  insert: fc.constantFrom("", "\r", "\n", "\r\n", " ", "\t", "\0", ":", "0", ",", "\x80", ";", "chunked"),
});

const applied = (text: string, { at, remove, insert }: Edit): string => {
  const where = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, where) + insert + text.slice(where + remove);
};

const mangled = (messages: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.array(messages, { minLength: 1, maxLength: 3 }),
      fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, { arbitrary: fc.array(edit, { maxLength: 3 }), weight: 1 }),
    )
    .map(([all, edits]) => Buffer.from((edits as Edit[]).reduce(applied, all.join("")), "latin1"));

export const mangledRequests = mangled(request);
export const mangledAnswers = mangled(answer);
