/**
 * Byte classes of HTTP/1.1 as 256-entry tables, and the few operations on byte ranges that the parsers share.
 * Grammar: RFC 9110 section 5.5 and 5.6.2, RFC 9112 section 2 to 7.
 */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;

function table(belongs: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (belongs(code) ? 1 : 0));
}
const within = (set: string) => (code: number) => set.includes(String.fromCharCode(code));
const alphanumeric = (c: number) => (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);

/** tchar: methods and field names. */
export const TOKEN = table((c) => alphanumeric(c) || within("!#$%&'*+-.^_`|~")(c));
/** What a field value may hold: HTAB, SP, VCHAR and obs-text. */
export const FIELD = table((c) => c === TAB || (c >= 0x20 && c !== 0x7f));
/** What a request target may hold: VCHAR but "#", which parsers cut at or keep as they please. */
export const TARGET = table((c) => c > 0x20 && c < 0x7f && c !== 0x23);
/** A registered name or IPv4 address in Host. Sub-delims and percent signs never occur in names that resolve. */
export const NAME = table((c) => alphanumeric(c) || within("-._~")(c));
/** Inside the brackets of an IPv6 address. */
export const IPV6 = table(within("0123456789abcdefABCDEF:."));
/** What is believed in a request id that came in. */
export const REQUEST_ID = table((c) => alphanumeric(c) || within("-._~+/=:@")(c));

/** Upper case ASCII letters as lower case, everything else as it is. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x41 && c <= 0x5a ? c + 32 : c));
/** The value of a hexadecimal digit, 255 for other bytes. */
export const HEX = Uint8Array.from({ length: 256 }, (_, c) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(LOWER[c]));
  return value < 0 ? 255 : value;
});

export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

export const latin = (text: string): Buffer => Buffer.from(text, "latin1");

/** Whether bytes[start, end) is `lower` when upper case counts as lower. `lower` has no upper case. */
export function sameWord(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) if (LOWER[bytes[start + i]] !== lower[i]) return false;
  return true;
}

/** Whether bytes[start, end) begins with `lower`, case aside. */
export function beginsWith(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  return end - start >= lower.length && sameWord(bytes, start, start + lower.length, lower);
}

/** Whether two ranges hold the same text, case aside. */
export function sameRange(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; i < aEnd - a; i++) if (LOWER[bytes[a + i]] !== LOWER[bytes[b + i]]) return false;
  return true;
}

/** Copies bytes[start, end) to target at `at`; where the copy ends. A loop for short ranges: calling out costs more. */
export function copy(bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const length = end - start;
  if (length > 40) bytes.copy(target, at, start, end);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[start + i];
  return at + length;
}

/** Copies all of `bytes` to target at `at`; where the copy ends. */
export const put = (bytes: Buffer, target: Buffer, at: number): number => copy(bytes, 0, bytes.length, target, at);
