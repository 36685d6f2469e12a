/**
 * What requests' and responses' heads have in common: the field section, parsed in one strict pass over the bytes
 * into a record that is used again for every message. Nothing is copied and no string is made: a field is four
 * positions in the bytes and a kind.
 *
 * Strict means that a head is refused where RFC 9112 lets a parser repair it (bare line feeds, folding, white space
 * before the colon) or where parsers are known to disagree: request smuggling lives on messages that two parsers
 * read differently.
 */
import { COLON, CR, FIELD, LF, SPACE, TAB, TOKEN, beginsWith, isDigit, latin, sameRange, sameWord } from "./bytes.ts";
import { Refused } from "./refusal.ts";

/** A parse result: the head is not complete yet. Positive results are the position behind it, negative ones refusals. */
export const MORE = 0;

/** Field kinds: fields that the gateway itself reads or writes. Everything else passes as OTHER. */
export const Kind = {
  OTHER: 0,
  HOST: 1,
  CONNECTION: 2,
  CONTENT_LENGTH: 3,
  TRANSFER_ENCODING: 4,
  EXPECT: 5,
  UPGRADE: 6,
  COOKIE: 7,
  KEEP_ALIVE: 8,
  /** Other fields that are for the next hop only. */
  HOP: 9,
  /** What clients may claim about who they are: Forwarded, X-Real-IP, X-Forwarded-Port and the like. */
  CLAIM: 10,
  FORWARDED_FOR: 11,
  FORWARDED_PROTO: 12,
  FORWARDED_HOST: 13,
  REQUEST_ID: 14,
  CONTENT_TYPE: 15,
  /** Passes in a head, but must not come behind a body, where some recipients merge it into the head. */
  TRAILER_FORBIDDEN: 16,
  TE: 17,
} as const;

const kinds: readonly (readonly [string, number])[] = [
  ["host", Kind.HOST],
  ["connection", Kind.CONNECTION],
  ["content-length", Kind.CONTENT_LENGTH],
  ["transfer-encoding", Kind.TRANSFER_ENCODING],
  ["expect", Kind.EXPECT],
  ["upgrade", Kind.UPGRADE],
  ["cookie", Kind.COOKIE],
  ["keep-alive", Kind.KEEP_ALIVE],
  ["te", Kind.TE],
  ["x-serin-copy", Kind.HOP],
  ["http2-settings", Kind.HOP],
  ["forwarded", Kind.CLAIM],
  ["x-real-ip", Kind.CLAIM],
  ["x-forwarded-for", Kind.FORWARDED_FOR],
  ["x-forwarded-proto", Kind.FORWARDED_PROTO],
  ["x-forwarded-host", Kind.FORWARDED_HOST],
  ["x-request-id", Kind.REQUEST_ID],
  ["content-type", Kind.CONTENT_TYPE],
  ["authorization", Kind.TRAILER_FORBIDDEN],
  ["set-cookie", Kind.TRAILER_FORBIDDEN],
  ["trailer", Kind.TRAILER_FORBIDDEN],
  ["content-encoding", Kind.TRAILER_FORBIDDEN],
  ["content-range", Kind.TRAILER_FORBIDDEN],
];

/** Names that matter by their length, so that most fields are told apart by one look at a table. */
const byLength: readonly (readonly { readonly name: Uint8Array; readonly kind: number }[])[] = Array.from(
  { length: 64 },
  (_, length) => kinds.filter(([name]) => name.length === length).map(([name, kind]) => ({ name: latin(name), kind })),
);
const PROXY = latin("proxy-");
const FORWARDED = latin("x-forwarded-");

/** The kind of the field named bytes[start, end). */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 64) {
    const candidates = byLength[length];
    for (let i = 0; i < candidates.length; i++) {
      if (sameWord(bytes, start, end, candidates[i].name)) return candidates[i].kind;
    }
  }
  const first = bytes[start] | 0x20;
  if (first === 0x70 && beginsWith(bytes, start, end, PROXY)) return Kind.HOP;
  if (first === 0x78 && beginsWith(bytes, start, end, FORWARDED)) return Kind.CLAIM;
  return Kind.OTHER;
}

export const MAX_FIELDS = 128;
/** Longest accepted Content-Length: below 10^15, exact in a double. */
const MAX_LENGTH_DIGITS = 15;

const CLOSE = latin("close");
const KEEP_ALIVE = latin("keep-alive");
const UPGRADE = latin("upgrade");
const CHUNKED = latin("chunked");
const TIMEOUT = latin("timeout=");

/** One parsed head. The positions are valid until the bytes or the record are used for the next message. */
export class Head {
  bytes: Buffer = Buffer.alloc(0);
  /** First byte of the head, first byte of the field section, first byte behind the head. */
  start = 0;
  fieldsAt = 0;
  end = 0;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minor = 1;
  count = 0;
  readonly nameAt = new Int32Array(MAX_FIELDS);
  readonly nameEnd = new Int32Array(MAX_FIELDS);
  readonly valueAt = new Int32Array(MAX_FIELDS);
  readonly valueEnd = new Int32Array(MAX_FIELDS);
  readonly kinds = new Uint8Array(MAX_FIELDS);
  /** 1 for fields that do not go on to the next hop. `drops` counts them. */
  readonly dropped = new Uint8Array(MAX_FIELDS);
  drops = 0;

  /** -1 when there is none. */
  contentLength = -1;
  chunked = false;
  saysClose = false;
  saysKeepAlive = false;
  saysUpgrade = false;
  /** Connection names fields beyond the usual words. */
  nominates = false;
  /** Index of the first Upgrade field, -1 when there is none. */
  upgrade = -1;
  /** Seconds of "Keep-Alive: timeout=N", -1 when there is none. */
  keepAliveSeconds = -1;

  protected reset(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.start = start;
    this.count = 0;
    this.drops = 0;
    this.contentLength = -1;
    this.chunked = false;
    this.saysClose = false;
    this.saysKeepAlive = false;
    this.saysUpgrade = false;
    this.nominates = false;
    this.upgrade = -1;
    this.keepAliveSeconds = -1;
  }

  /** Parses field lines up to and with the empty line; the position behind it, MORE, or a refusal. */
  protected fields(at: number, end: number): number {
    const bytes = this.bytes;
    this.fieldsAt = at;
    for (;;) {
      if (at >= end) return MORE;
      if (bytes[at] === CR) return this.finish(at, end);
      at = this.field(at, end);
      if (at <= 0) return at;
    }
  }

  private finish(at: number, end: number): number {
    if (at + 1 >= end) return MORE;
    if (this.bytes[at + 1] !== LF) return -Refused.bareCarriageReturn;
    this.end = at + 2;
    if (this.chunked && this.contentLength >= 0) return -Refused.lengthAndCoding;
    if (this.chunked && this.minor === 0) return -Refused.codingInOldVersion;
    const wrong = this.nominates ? this.dropNominated() : 0;
    return wrong < 0 ? wrong : this.end;
  }

  /** One field line from `at`; the position behind it, MORE, or a refusal. */
  private field(at: number, end: number): number {
    const bytes = this.bytes;
    let i = at;
    while (i < end && TOKEN[bytes[i]] === 1) i++;
    if (i >= end) return MORE;
    if (bytes[i] !== COLON || i === at) return -badName(bytes[i], i === at);
    const nameEnd = i++;
    while (i < end && (bytes[i] === SPACE || bytes[i] === TAB)) i++;
    const valueAt = i;
    while (i < end && FIELD[bytes[i]] === 1) i++;
    if (i >= end) return MORE;
    if (bytes[i] !== CR) return -(bytes[i] === LF ? Refused.bareLineFeed : Refused.controlByte);
    if (i + 1 >= end) return MORE;
    if (bytes[i + 1] !== LF) return -Refused.bareCarriageReturn;
    let valueEnd = i;
    while (valueEnd > valueAt && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)) valueEnd--;
    const wrong = this.keep(at, nameEnd, valueAt, valueEnd);
    return wrong < 0 ? wrong : i + 2;
  }

  private keep(nameAt: number, nameEnd: number, valueAt: number, valueEnd: number): number {
    const index = this.count;
    if (index === MAX_FIELDS) return -Refused.tooManyFields;
    const kind = kindOf(this.bytes, nameAt, nameEnd);
    this.nameAt[index] = nameAt;
    this.nameEnd[index] = nameEnd;
    this.valueAt[index] = valueAt;
    this.valueEnd[index] = valueEnd;
    this.kinds[index] = kind;
    this.dropped[index] = 0;
    this.count = index + 1;
    return kind === Kind.OTHER ? 0 : this.note(kind, index);
  }

  /** Takes in what a special field says; 0 or a refusal. Requests and responses each add their own. */
  protected note(kind: number, index: number): number {
    switch (kind) {
      case Kind.CONTENT_LENGTH:
        return this.noteLength(index);
      case Kind.TRANSFER_ENCODING:
        return this.noteCoding(index);
      case Kind.CONNECTION:
        this.drop(index);
        return this.noteConnection(index);
      case Kind.KEEP_ALIVE:
        this.drop(index);
        this.noteKeepAlive(index);
        return 0;
      case Kind.UPGRADE:
        this.drop(index);
        if (this.upgrade < 0) this.upgrade = index;
        return 0;
      case Kind.TE:
      case Kind.HOP:
        this.drop(index);
        return 0;
      default:
        return 0;
    }
  }

  drop(index: number): void {
    this.drops += 1 - this.dropped[index];
    this.dropped[index] = 1;
  }

  /** 1*DIGIT without leading zeros (strtol reads those as octal), and only once, even if the values agree. */
  private noteLength(index: number): number {
    if (this.contentLength >= 0) return -Refused.severalLengths;
    const [at, end] = [this.valueAt[index], this.valueEnd[index]];
    const digits = end - at;
    if (digits === 0 || digits > MAX_LENGTH_DIGITS || (digits > 1 && this.bytes[at] === 0x30)) return -Refused.length;
    let length = 0;
    for (let i = at; i < end; i++) {
      const c = this.bytes[i];
      if (!isDigit(c)) return -Refused.length;
      length = length * 10 + (c - 0x30);
    }
    this.contentLength = length;
    return 0;
  }

  private noteCoding(index: number): number {
    if (this.chunked || !sameWord(this.bytes, this.valueAt[index], this.valueEnd[index], CHUNKED)) {
      return -Refused.coding;
    }
    this.chunked = true;
    return 0;
  }

  private noteConnection(index: number): number {
    const end = this.valueEnd[index];
    for (let at = this.valueAt[index]; at < end;) {
      const wordEnd = this.wordEnd(at, end);
      if (wordEnd < 0) return wordEnd;
      if (wordEnd > at) this.noteOption(at, wordEnd);
      at = this.wordStart(wordEnd, end);
      if (at < 0) return at;
    }
    return 0;
  }

  private wordEnd(at: number, end: number): number {
    while (at < end && TOKEN[this.bytes[at]] === 1) at++;
    return at;
  }

  /** From the end of a list member to the next member: OWS "," OWS. */
  private wordStart(at: number, end: number): number {
    const from = at;
    while (at < end && this.isListSpace(at)) at++;
    return at === from && at < end ? -Refused.connection : at;
  }

  private isListSpace(at: number): boolean {
    const c = this.bytes[at];
    return c === SPACE || c === TAB || c === 0x2c;
  }

  private noteOption(at: number, end: number): void {
    if (sameWord(this.bytes, at, end, KEEP_ALIVE)) this.saysKeepAlive = true;
    else if (sameWord(this.bytes, at, end, CLOSE)) this.saysClose = true;
    else if (sameWord(this.bytes, at, end, UPGRADE)) this.saysUpgrade = true;
    else this.nominates = true;
  }

  /** Fields that Connection names go no further (RFC 9110 section 7.6.1); naming one that frames the message is an attack. */
  private dropNominated(): number {
    for (let index = 0; index < this.count; index++) {
      if (this.kinds[index] !== Kind.CONNECTION) continue;
      const end = this.valueEnd[index];
      for (let at = this.valueAt[index]; at < end;) {
        const wordEnd = this.wordEnd(at, end);
        const wrong = this.dropNamed(at, wordEnd);
        if (wrong < 0) return wrong;
        at = this.wordStart(wordEnd, end);
      }
    }
    return 0;
  }

  private dropNamed(at: number, end: number): number {
    for (let index = 0; index < this.count; index++) {
      if (!sameRange(this.bytes, this.nameAt[index], this.nameEnd[index], at, end)) continue;
      const kind = this.kinds[index];
      if (kind === Kind.HOST || kind === Kind.CONTENT_LENGTH || kind === Kind.TRANSFER_ENCODING) {
        return -Refused.connection;
      }
      this.drop(index);
    }
    return 0;
  }

  private noteKeepAlive(index: number): void {
    const [at, end] = [this.valueAt[index], this.valueEnd[index]];
    for (let i = at; i < end; i++) {
      if (beginsWith(this.bytes, i, end, TIMEOUT)) this.keepAliveSeconds = this.number(i + TIMEOUT.length, end);
    }
  }

  private number(at: number, end: number): number {
    let value = 0;
    while (at < end && isDigit(this.bytes[at]) && value < 1e6) value = value * 10 + this.bytes[at++] - 0x30;
    return value;
  }

  /** The value of field `index` as a string. */
  value(index: number): string {
    return this.bytes.toString("latin1", this.valueAt[index], this.valueEnd[index]);
  }

  /** First byte of the line of field `index`; `count` stands for the empty line that ends the head. */
  lineAt(index: number): number {
    return index < this.count ? this.nameAt[index] : this.end - 2;
  }
}

function badName(c: number, empty: boolean): number {
  if (c === SPACE || c === TAB) return empty ? Refused.folded : Refused.spaceBeforeColon;
  if (c === LF) return Refused.bareLineFeed;
  return Refused.fieldName;
}
