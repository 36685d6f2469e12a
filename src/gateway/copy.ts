/**
 * A copy of a request on its way to the canary. Its answer is read and dropped, its outcome recorded. The original never
 * waits for it: a canary that takes the body too slowly loses the copy, and then nothing is known of it.
 */
import type { Asked } from "./asked.ts";
import { Body } from "./body.ts";
import { latin } from "./bytes.ts";
import { MORE } from "./head.ts";
import type { Kept } from "./kept.ts";
import type { Backend, Failure, Flight, Route } from "./seam.ts";
import type { Shared } from "./shared.ts";
import type { Upload } from "./upload.ts";
import type { Tenant, Upstream } from "./upstream.ts";

/** Per worker; what is beyond goes uncopied. */
export const MAX_COPIES = 1000;
/** Bytes that may wait for a slow canary. */
const MAX_WAITING = 262_144;
/** So that a service can leave out what must not happen twice, such as sending mail. */
const MARK = latin("X-Serin-Copy: 1\r\n\r\n");

/** The request with the mark at the end of its head. */
function marked({ bytes, headEnd, length }: Kept): Buffer {
  return Buffer.concat([bytes.subarray(0, headEnd - 2), MARK, bytes.subarray(headEnd, length)]);
}

export class Copy implements Tenant {
  readonly #shared: Shared;
  readonly #flight: Flight;
  readonly #backend: Backend;
  readonly #headOnly: boolean;
  readonly #idempotent: boolean;
  readonly #body = new Body();
  #upstream: Upstream | null = null;
  /** Everything so far, until too much has come: then it cannot be sent again. */
  #request: Buffer | null;
  /** The original has come in whole: now it is the canary's turn. */
  #complete: boolean;
  #heard = false;
  #status = 0;
  #keepsUpstream = false;

  private constructor(shared: Shared, flight: Flight, backend: Backend, asked: Asked, upload: Upload) {
    this.#shared = shared;
    this.#flight = flight;
    this.#backend = backend;
    this.#headOnly = asked.headOnly;
    this.#idempotent = asked.idempotent;
    this.#request = marked(upload.kept);
    this.#complete = upload.done;
  }

  /** Sends a copy of what was kept so far; null when there is no canary to send it to, which is recorded. */
  static of(shared: Shared, route: Route, asked: Asked, upload: Upload): Copy | null {
    const nowMs = shared.wheel.now;
    const { unitHi, unitLo, plan } = route;
    const flight = shared.recorder.begin("canary", "mirrored", unitHi, unitLo, plan, nowMs);
    const backend = shared.table.pick("canary");
    if (backend === null) {
      shared.recorder.end(flight, 0, "connect", nowMs);
      return null;
    }
    const copy = new Copy(shared, flight, backend, asked, upload);
    shared.copies.add(copy);
    // what cannot be sent twice gets a connection that cannot be stale
    copy.#use(asked.idempotent ? shared.pool.acquire(backend, copy, false) : shared.pool.fresh(backend, copy));
    return copy;
  }

  #use(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#heard = false;
    const { connect } = this.#shared.options.timeouts;
    if (upstream.connecting) upstream.deadline = this.#shared.wheel.in(connect);
    else this.connected();
  }

  connected(): void {
    const upstream = this.#upstream;
    if (upstream === null || this.#request === null) return;
    upstream.write(this.#request);
    upstream.deadline = this.#deadline();
  }

  #deadline(): number {
    return this.#complete ? this.#shared.wheel.in(this.#shared.options.timeouts.response) : Infinity;
  }

  /** More of the original came in; `complete` says that it was the last. */
  more(bytes: Buffer, at: number, end: number, complete: boolean): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    this.#complete = complete;
    const piece = Buffer.from(bytes.subarray(at, end));
    const waiting = upstream.connecting ? (this.#request?.length ?? 0) : upstream.socket.writableLength;
    if (waiting + piece.length > MAX_WAITING) return this.abandon();
    this.#keep(piece, upstream.connecting);
    if (upstream.connecting) return;
    upstream.write(piece);
    upstream.deadline = this.#deadline();
  }

  #keep(piece: Buffer, connecting: boolean): void {
    if (this.#request === null) return;
    const all = this.#request.length + piece.length;
    this.#request = all > MAX_WAITING && !connecting ? null : Buffer.concat([this.#request, piece], all);
  }

  received(bytes: Buffer, at: number, end: number): void {
    this.#heard = true;
    const upstream = this.#upstream as Upstream;
    upstream.deadline = this.#deadline();
    const behind = this.#status > 0 ? at : this.#head(bytes, at, end, upstream);
    if (behind < 0) return this.#over(0, "reset");
    if (this.#status > 0) this.#drain(bytes, behind, end);
  }

  /** Passes over heads up to the final one; the position behind it, or -1 when they are malformed. */
  #head(bytes: Buffer, at: number, end: number, upstream: Upstream): number {
    const head = this.#shared.answerHead;
    while (at < end) {
      const behind = head.parse(bytes, at, end);
      if (behind === MORE && end - at <= this.#shared.options.limits.headBytes) {
        upstream.hold(bytes, at, end);
        return at;
      }
      if (behind <= 0 || head.status === 101) return -1;
      at = behind;
      if (head.status < 200) continue;
      this.#status = head.status;
      this.#keepsUpstream = head.keepsAlive;
      upstream.hintedMs = head.keepAliveSeconds < 0 ? -1 : head.keepAliveSeconds * 1000;
      this.#body.expect(head, this.#headOnly, false);
      return at;
    }
    return at;
  }

  #drain(bytes: Buffer, at: number, end: number): void {
    const behind = this.#body.take(bytes, at, end);
    if (this.#body.refused > 0) this.#over(this.#status, "reset");
    else if (this.#body.done) this.#finish(behind === end);
  }

  #finish(clean: boolean): void {
    const upstream = this.#upstream as Upstream;
    if (!clean || !this.#keepsUpstream || upstream.socket.writableLength > 0) return this.#over(this.#status, null);
    this.#upstream = null;
    upstream.release();
    this.#over(this.#status, null);
  }

  flushed(): void {}

  ended(): void {
    if (this.#status > 0 && this.#body.endsAtClose) this.#over(this.#status, null);
    else this.lost();
  }

  lost(): void {
    const upstream = this.#upstream as Upstream;
    const stale = upstream.reused && !this.#heard && this.#request !== null && this.#idempotent;
    if (!stale) return this.#over(this.#status, upstream.connecting ? "connect" : "reset");
    upstream.destroy();
    this.#use(this.#shared.pool.fresh(this.#backend, this));
  }

  expired(): void {
    this.#over(this.#status, this.#upstream?.connecting === true ? "connect" : "timeout");
  }

  #over(status: number, failure: Failure | null): void {
    const { recorder, health, now } = this.#shared;
    const nowMs = now();
    recorder.end(this.#flight, status, failure, nowMs);
    if (failure === null) health.succeeded(this.#backend.key);
    else health.failed(this.#backend.key, nowMs);
    this.#leave();
  }

  /** The original was given up, or the canary is too slow to be copied to. */
  abandon(): void {
    if (this.#upstream === null) return;
    this.#shared.recorder.abandon(this.#flight, this.#shared.now());
    this.#leave();
  }

  #leave(): void {
    this.#upstream?.abort();
    this.#upstream = null;
    this.#shared.copies.delete(this);
  }
}
