/** A request's head: the request line, what Host and Expect say, and what routing may ask of it. */
import { CR, IPV6, LF, NAME, SPACE, TARGET, TOKEN, beginsWith, isDigit, latin, sameRange, sameWord } from "./bytes.ts";
import { Head, Kind, MORE } from "./head.ts";
import { Refused } from "./refusal.ts";
import type { HeadView } from "./seam.ts";

/**
 * Methods that are passed on: those registered with IANA that Node's parser knows too, so that the gateway lets
 * nothing through that a backend's parser would take for the end of the conversation.
 */
const methods = (
  "GET HEAD POST PUT DELETE OPTIONS PATCH CONNECT TRACE ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR " +
  "MKCOL MOVE PROPFIND PROPPATCH PURGE QUERY REBIND REPORT SEARCH SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE"
).split(" ");
const idempotent = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "REPORT", "SEARCH"]);

interface Method {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Sending it twice does what sending it once does (RFC 9110 section 9.2.2). */
  readonly idempotent: boolean;
  readonly allowed: boolean;
}

const known: readonly Method[] = methods.map((name) => ({
  name,
  bytes: latin(name),
  idempotent: idempotent.has(name),
  allowed: name !== "CONNECT" && name !== "TRACE",
}));
const methodsByLength: readonly (readonly Method[])[] = Array.from({ length: 16 }, (_, length) =>
  known.filter((method) => method.bytes.length === length),
);

function methodOf(bytes: Uint8Array, start: number, end: number): Method | null {
  if (end - start >= methodsByLength.length) return null;
  for (const method of methodsByLength[end - start]) if (sameCase(bytes, start, method.bytes)) return method;
  return null;
}

function sameCase(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}

const HTTP1 = latin("HTTP/1.");
const SCHEMES = [latin("http://"), latin("https://")];
const CONTINUE = latin("100-continue");
const H2C = latin("h2c");
const TRAILERS = latin("trailers");

export class RequestHead extends Head implements HeadView {
  remoteAddress = "";
  #method: Method = known[0];
  targetAt = 0;
  targetEnd = 0;
  /** Where the path starts: the target, or what follows the authority of an absolute-form target. */
  pathAt = 0;
  absolute = false;
  /** Index of the Host field, -1 when there is none (HTTP/1.0 only). */
  host = -1;
  expectsContinue = false;
  /** TE said that trailers are welcome: they pass, so the backend may hear of it. */
  welcomesTrailers = false;
  /** Whether Cookie, X-Request-Id or X-Forwarded-* came in: most requests have none and need no search for them. */
  requestId = -1;
  claims = false;
  private cookies = false;

  /**
   * Parses the head that starts at bytes[start]: the position behind it, MORE when it is incomplete, or minus a
   * refusal. `maxTarget` bounds the request target in bytes; the caller bounds the whole head.
   */
  parse(bytes: Buffer, start: number, end: number, maxTarget: number): number {
    this.reset(bytes, start);
    this.host = -1;
    this.expectsContinue = false;
    this.requestId = -1;
    this.claims = false;
    this.cookies = false;
    this.welcomesTrailers = false;
    const at = this.requestLine(start, end, maxTarget);
    if (at <= 0) return at;
    const behind = this.fields(at, end);
    return behind > 0 ? this.check(behind) : behind;
  }

  private requestLine(from: number, end: number, maxTarget: number): number {
    const bytes = this.bytes;
    const start = this.skipEmptyLine(from, end);
    if (start >= end) return MORE;
    let at = start;
    while (at < end && TOKEN[bytes[at]] === 1) at++;
    if (at - start >= methodsByLength.length) return -Refused.method;
    if (at >= end) return MORE;
    if (bytes[at] !== SPACE || at === start) return -badStart(bytes[at], at === start);
    const method = methodOf(bytes, start, at);
    this.targetAt = ++at;
    const limit = Math.min(end, at + maxTarget + 1);
    while (at < limit && TARGET[bytes[at]] === 1) at++;
    if (at - this.targetAt > maxTarget) return -Refused.targetTooLong;
    if (at >= end) return MORE;
    if (bytes[at] !== SPACE || at === this.targetAt) return -badTarget(bytes[at]);
    this.targetEnd = at;
    const behind = this.version(at + 1, end);
    if (behind <= 0) return behind;
    if (method === null) return -Refused.method;
    if (!method.allowed) return -Refused.methodNotAllowed;
    this.#method = method;
    const wrong = this.target();
    return wrong < 0 ? wrong : behind;
  }

  /** One empty line before a request is left over from a body by old clients (RFC 9112 section 2.2). */
  private skipEmptyLine(start: number, end: number): number {
    if (this.bytes[start] !== CR) return start;
    if (end - start === 1) return end;
    if (this.bytes[start + 1] === LF) this.start = start + 2;
    return this.start;
  }

  private version(at: number, end: number): number {
    const bytes = this.bytes;
    for (let i = 0; i < 7 && at + i < end; i++) {
      if (bytes[at + i] !== HTTP1[i])
        return -(i >= 5 && isDigit(bytes[at + i]) ? Refused.version : Refused.requestLine);
    }
    if (at + 9 >= end) return MORE;
    const minor = bytes[at + 7] - 0x30;
    if (minor !== 0 && minor !== 1) return -(isDigit(bytes[at + 7]) ? Refused.version : Refused.requestLine);
    this.minor = minor;
    if (bytes[at + 8] === LF) return -Refused.bareLineFeed;
    if (bytes[at + 8] !== CR) return -Refused.requestLine;
    return bytes[at + 9] === LF ? at + 10 : -Refused.bareCarriageReturn;
  }

  /** Which of the forms of RFC 9112 section 3.2 the target has; 0 or a refusal. */
  private target(): number {
    const bytes = this.bytes;
    this.absolute = false;
    this.pathAt = this.targetAt;
    if (bytes[this.targetAt] === 0x2f) return 0;
    if (bytes[this.targetAt] === 0x2a && this.targetEnd === this.targetAt + 1) {
      return this.method === "OPTIONS" ? 0 : -Refused.target;
    }
    for (const scheme of SCHEMES) {
      if (!beginsWith(bytes, this.targetAt, this.targetEnd, scheme)) continue;
      this.absolute = true;
      this.pathAt = this.authorityEnd(this.targetAt + scheme.length);
      return this.authority(this.targetAt + scheme.length, this.pathAt) ? 0 : -Refused.target;
    }
    return -Refused.target;
  }

  private authorityEnd(at: number): number {
    while (at < this.targetEnd && this.bytes[at] !== 0x2f && this.bytes[at] !== 0x3f) at++;
    return at;
  }

  /** Whether bytes[at, end) is host[:port]. No user information, no empty host, no empty port. */
  private authority(at: number, end: number): boolean {
    const bytes = this.bytes;
    const set = bytes[at] === 0x5b ? IPV6 : NAME;
    const from = set === IPV6 ? at + 1 : at;
    let i = from;
    while (i < end && set[bytes[i]] === 1) i++;
    if (i === from) return false;
    if (set === IPV6 && bytes[i++] !== 0x5d) return false;
    if (i > end) return false;
    if (i === end) return true;
    if (bytes[i] !== 0x3a || end - i > 6 || end - i < 2) return false;
    while (++i < end) if (!isDigit(bytes[i])) return false;
    return true;
  }

  protected override note(kind: number, index: number): number {
    switch (kind) {
      case Kind.HOST:
        if (this.host >= 0) return -Refused.severalHosts;
        this.host = index;
        return this.authority(this.valueAt[index], this.valueEnd[index]) ? 0 : -Refused.host;
      case Kind.EXPECT:
        return this.noteExpect(index);
      case Kind.COOKIE:
        this.cookies = true;
        return 0;
      case Kind.TE:
        this.welcomesTrailers =
          this.minor === 1 && sameWord(this.bytes, this.valueAt[index], this.valueEnd[index], TRAILERS);
        return super.note(kind, index);
      case Kind.REQUEST_ID:
        // several ids are none
        this.requestId = this.requestId === -1 ? index : -2;
        return 0;
      case Kind.CLAIM:
      case Kind.FORWARDED_FOR:
      case Kind.FORWARDED_HOST:
      case Kind.FORWARDED_PROTO:
        this.claims = true;
        return 0;
      default:
        return super.note(kind, index);
    }
  }

  /** HTTP/1.0 clients cannot expect anything: theirs is ignored (RFC 9110 section 10.1.1). */
  private noteExpect(index: number): number {
    if (this.minor === 0) {
      this.drop(index);
      return 0;
    }
    if (this.expectsContinue || !sameWord(this.bytes, this.valueAt[index], this.valueEnd[index], CONTINUE)) {
      return -Refused.expectation;
    }
    this.expectsContinue = true;
    return 0;
  }

  private check(behind: number): number {
    if (this.host < 0) return this.minor === 1 ? -Refused.noHost : behind;
    if (!this.absolute) return behind;
    const authorityAt = this.targetAt + (this.bytes[this.targetAt + 4] === COLON_CODE ? 7 : 8);
    const same = sameRange(this.bytes, authorityAt, this.pathAt, this.valueAt[this.host], this.valueEnd[this.host]);
    return same ? behind : -Refused.targetHost;
  }

  /** A protocol change that is passed on. Not h2c: it would take the next requests out of the gateway's sight. */
  get wantsUpgrade(): boolean {
    return (
      this.upgrade >= 0 &&
      this.saysUpgrade &&
      this.minor === 1 &&
      !this.chunked &&
      this.contentLength <= 0 &&
      !sameWord(this.bytes, this.valueAt[this.upgrade], this.valueEnd[this.upgrade], H2C)
    );
  }

  /** Whether the client wants the connection to stay open. */
  get keepsAlive(): boolean {
    return this.minor === 1 ? !this.saysClose : this.saysKeepAlive && !this.saysClose;
  }

  get idempotent(): boolean {
    return this.#method.idempotent;
  }

  get method(): string {
    return this.#method.name;
  }

  get path(): string {
    const end = this.queryMark();
    return end === this.pathAt ? "/" : this.bytes.toString("latin1", this.pathAt, end);
  }

  get query(): string {
    const mark = this.queryMark();
    return mark + 1 >= this.targetEnd ? "" : this.bytes.toString("latin1", mark + 1, this.targetEnd);
  }

  private queryMark(): number {
    let at = this.pathAt;
    while (at < this.targetEnd && this.bytes[at] !== 0x3f) at++;
    return at;
  }

  header(lowerName: string): string | null {
    let found: string | null = null;
    for (let index = 0; index < this.count; index++) {
      if (!this.isNamed(index, lowerName)) continue;
      const value = this.value(index);
      found = found === null ? value : found + (this.kinds[index] === Kind.COOKIE ? "; " : ", ") + value;
    }
    return found;
  }

  private isNamed(index: number, lowerName: string): boolean {
    const at = this.nameAt[index];
    if (this.nameEnd[index] - at !== lowerName.length) return false;
    for (let i = 0; i < lowerName.length; i++) {
      const c = this.bytes[at + i];
      if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== lowerName.charCodeAt(i)) return false;
    }
    return true;
  }

  cookie(name: string): string | null {
    if (!this.cookies) return null;
    for (let index = 0; index < this.count; index++) {
      if (this.kinds[index] !== Kind.COOKIE) continue;
      const value = this.cookieIn(index, name);
      if (value !== null) return value;
    }
    return null;
  }

  /** Looks for `name=` at the start of each pair of one Cookie field. */
  private cookieIn(index: number, name: string): string | null {
    const bytes = this.bytes;
    const end = this.valueEnd[index];
    for (let at = this.valueAt[index]; at < end; at++) {
      while (at < end && bytes[at] === SPACE) at++;
      const valueAt = at + name.length + 1;
      const hit = valueAt <= end && bytes[valueAt - 1] === 0x3d && startsWith(bytes, at, name);
      while (at < end && bytes[at] !== 0x3b) at++;
      if (hit) return bytes.toString("latin1", valueAt, at);
    }
    return null;
  }
}

const COLON_CODE = 0x3a;

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function badStart(c: number, first: boolean): number {
  if (first && (c === CR || c === LF || c === SPACE || c === 0x09)) return Refused.emptyLine;
  if (c === LF) return Refused.bareLineFeed;
  return c < SPACE ? Refused.controlByte : Refused.requestLine;
}

function badTarget(c: number): number {
  if (c === LF) return Refused.bareLineFeed;
  return c === CR || c === SPACE ? Refused.requestLine : Refused.target;
}
