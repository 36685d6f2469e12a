/** A response's head, parsed as strictly as a request's: a backend that answers ambiguously is a failed backend. */
import { CR, FIELD, LF, SPACE, beginsWith, isDigit, latin } from "./bytes.ts";
import { Head, Kind, MORE } from "./head.ts";
import { Refused } from "./refusal.ts";

const HTTP1 = latin("HTTP/1.");
const EVENT_STREAM = latin("text/event-stream");

export class AnswerHead extends Head {
  status = 0;
  /** Server-sent events: silence is what they do between events. */
  eventStream = false;
  /** The reason phrase, which may be empty. */
  reasonAt = 0;
  reasonEnd = 0;

  /** Parses the head at bytes[start]: the position behind it, MORE when it is incomplete, or minus a refusal. */
  parse(bytes: Buffer, start: number, end: number): number {
    this.reset(bytes, start);
    this.eventStream = false;
    const at = this.statusLine(start, end);
    if (at <= 0) return at;
    const behind = this.fields(at, end);
    if (behind > 0 && this.status < 200 && !this.keepsAlive) return -Refused.lastInterim;
    // a 204 or 1xx has no body whatever its fields say: do not let others believe them (RFC 9112 section 6.3)
    if (behind > 0 && (this.status < 200 || this.status === 204)) this.dropFraming();
    return behind;
  }

  private statusLine(start: number, end: number): number {
    const bytes = this.bytes;
    for (let i = 0; i < 7 && start + i < end; i++) if (bytes[start + i] !== HTTP1[i]) return -Refused.statusLine;
    if (start + 12 >= end) return MORE;
    const minor = bytes[start + 7] - 0x30;
    if ((minor !== 0 && minor !== 1) || bytes[start + 8] !== SPACE) return -Refused.statusLine;
    this.minor = minor;
    for (let i = 9; i < 12; i++) if (!isDigit(bytes[start + i])) return -Refused.statusLine;
    this.status = (bytes[start + 9] - 48) * 100 + (bytes[start + 10] - 48) * 10 + bytes[start + 11] - 48;
    if (this.status < 100) return -Refused.status;
    return this.reason(start + 12, end);
  }

  /** " reason" CRLF; many servers leave the space out when they have no reason to give. */
  private reason(at: number, end: number): number {
    const bytes = this.bytes;
    if (bytes[at] === SPACE) at++;
    else if (bytes[at] !== CR) return -Refused.statusLine;
    this.reasonAt = at;
    while (at < end && FIELD[bytes[at]] === 1) at++;
    this.reasonEnd = at;
    if (at >= end) return MORE;
    if (bytes[at] !== CR) return -(bytes[at] === LF ? Refused.bareLineFeed : Refused.controlByte);
    if (at + 1 >= end) return MORE;
    return bytes[at + 1] === LF ? at + 2 : -Refused.bareCarriageReturn;
  }

  protected override note(kind: number, index: number): number {
    if (kind !== Kind.CONTENT_TYPE) return super.note(kind, index);
    this.eventStream = beginsWith(this.bytes, this.valueAt[index], this.valueEnd[index], EVENT_STREAM);
    return 0;
  }

  private dropFraming(): void {
    for (let index = 0; index < this.count; index++) {
      const kind = this.kinds[index];
      if (kind === Kind.CONTENT_LENGTH || kind === Kind.TRANSFER_ENCODING) this.drop(index);
    }
  }

  /** Nothing follows the head, whatever it says (RFC 9112 section 6.3). */
  get bodiless(): boolean {
    return this.status < 200 || this.status === 204 || this.status === 304;
  }

  /** Whether the backend keeps the connection open behind this answer. */
  get keepsAlive(): boolean {
    return this.minor === 1 ? !this.saysClose : this.saysKeepAlive && !this.saysClose;
  }
}
