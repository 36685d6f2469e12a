/**
 * One request and its answer: routed, sent to a backend, sent again where that is safe, its answer passed on. The first
 * attempt is what is recorded. Exchanges are used again: nothing is made per request.
 *
 * When a request may be sent again: when its connection never came to be (nothing was sent), or when nothing of an
 * answer was passed on, all that was sent is still here, and the method allows it (RFC 9110 section 9.2.2). A reused connection
 * that dies without a byte of an answer was closed by its backend while idle: that is no failure, and a new one is made.
 */
import type { AnswerHead } from "./answer.ts";
import { Asked } from "./asked.ts";
import { Body } from "./body.ts";
import { copy } from "./bytes.ts";
import { Copy, MAX_COPIES } from "./copy.ts";
import { Entry } from "./entry.ts";
import { type Peer, answerRoom, forwardAnswer, forwardRequest, requestRoom } from "./forward.ts";
import { MORE } from "./head.ts";
import { Kept } from "./kept.ts";
import { OWN_ROOM, putOwn } from "./own.ts";
import { Reply } from "./reply.ts";
import type { RequestHead } from "./request.ts";
import type { ArmName, Backend, Failure, Route, RoutingTable } from "./seam.ts";
import type { Shared } from "./shared.ts";
import type { Tenant, Upstream } from "./upstream.ts";

/** The client's connection, as an exchange needs it. */
export interface Asker {
  readonly peer: Peer;
  /** When its patience with the client ends; Infinity while it is the backend's turn. */
  deadline: number;
  /** Writes what was composed in the outbox; true when the kernel took everything, else `clientFlushed` follows. */
  send(end: number): boolean;
  pause(): void;
  resume(): void;
  /** The exchange is over. */
  answered(closes: boolean): void;
  /** The answer cannot be completed. */
  cut(): void;
  /** The protocol was switched: from now on bytes pass both ways. */
  tunnel(upstream: Upstream): void;
}

/** The first attempt and two more. */
const MAX_ATTEMPTS = 3;

export class Exchange implements Tenant {
  readonly #shared: Shared;
  readonly #kept = new Kept();
  readonly #asked = new Asked();
  readonly #upload = new Body();
  readonly #reply = new Reply();
  readonly #entry: Entry;
  #asker: Asker | null = null;
  #table: RoutingTable;
  #setCookie: string | null = null;
  #copy: Copy | null = null;
  #upstream: Upstream | null = null;
  #backend: Backend | null = null;
  #attempts = 0;
  /** Something of an answer has come in this attempt. */
  #heard = false;
  /** The backend has said all it will say. */
  #halfClosed = false;

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#table = shared.table;
    this.#entry = new Entry(shared.recorder);
  }

  /** Nothing more of the request is to come. */
  get uploaded(): boolean {
    return this.#upload.done;
  }

  /** The client has the head of an answer already: no other can be given. */
  get answering(): boolean {
    return this.#reply.status > 0;
  }

  /** The client said that this is its last request. */
  get isLast(): boolean {
    return !this.#asked.keepsAlive;
  }

  /**
   * Takes on the request whose head was parsed and whose body starts at `at`; the position behind what belongs to it, or
   * minus a refusal, and then nothing has begun.
   */
  begin(asker: Asker, head: RequestHead, at: number, end: number): number {
    this.#frame(head);
    const behind = this.#upload.take(head.bytes, at, end);
    if (this.#upload.refused > 0) return -this.#upload.refused;
    this.#asker = asker;
    this.#asked.note(head);
    this.#reply.reset();
    this.#backend = null;
    this.#attempts = 0;
    const arm = this.#route(head, at, behind);
    asker.deadline = this.#clientDeadline();
    this.#start(arm);
    return behind;
  }

  #frame(head: RequestHead): void {
    if (head.chunked) this.#upload.chunked(false);
    else this.#upload.sized(head.contentLength < 0 ? 0 : head.contentLength);
  }

  /** Decides where it goes, opens its record and composes what is sent; the arm. */
  #route(head: RequestHead, at: number, behind: number): ArmName {
    const { wheel, table, now } = this.#shared;
    const nowMs = now();
    wheel.now = nowMs;
    this.#table = table;
    const route = table.route(head);
    const copied = this.#isCopied(route);
    this.#setCookie = route.setCookie;
    this.#entry.begin(route, copied, nowMs);
    this.#compose(head, at, behind);
    this.#copy = copied ? Copy.of(this.#shared, route, this.#asked, this.#kept, this.#upload.done) : null;
    return route.arm;
  }

  #isCopied({ mirrorTo }: Route): boolean {
    if (mirrorTo === null || this.#shared.copies >= MAX_COPIES) return false;
    return !this.#asked.upgrades && !this.#asked.expects;
  }

  #compose(head: RequestHead, at: number, behind: number): void {
    const { options, requestId } = this.#shared;
    const kept = this.#kept;
    const target = kept.begin(requestRoom(head));
    const { peer } = this.#asker as Asker;
    kept.head(forwardRequest(head, peer, options.trustForwarded > 0, requestId, target, 0));
    if (behind > at) kept.append(head.bytes, at, behind);
  }

  #clientDeadline(): number {
    return this.#upload.done ? Infinity : this.#shared.wheel.in(this.#shared.options.timeouts.idle);
  }

  // --- sending

  /** The first attempt. A canary without a backend falls back, and that counts as its failure. */
  #start(arm: ArmName): void {
    let backend = this.#table.pick(arm);
    if (backend === null) this.#entry.end(0, "connect", this.#shared.now());
    if (backend === null && arm === "canary") backend = this.#table.pick("stable");
    if (backend === null) this.#answer(503, "no backend is up", this.#shared.now());
    else this.#try(backend);
  }

  #try(backend: Backend): void {
    this.#attempts += 1;
    this.#backend = backend;
    this.#use(this.#shared.pool.acquire(backend, this, !this.#asked.idempotent));
  }

  #use(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#heard = false;
    this.#halfClosed = false;
    if (!upstream.connecting) return this.#send(upstream);
    upstream.deadline = this.#shared.wheel.in(this.#shared.options.timeouts.connect);
    if (!this.#upload.done) this.#asker?.pause();
  }

  connected(): void {
    if (this.#upstream === null) return;
    this.#send(this.#upstream);
  }

  #send(upstream: Upstream): void {
    if (!this.#upload.done) {
      upstream.beginUpload();
      this.#asker?.resume();
    }
    const { bytes, length } = this.#kept;
    this.#sent(upstream.write(bytes.subarray(0, length)), upstream);
  }

  #sent(flushed: boolean, upstream: Upstream): void {
    if (!flushed && !this.#upload.done) this.#asker?.pause();
    if (!this.#reply.eventStream || this.#reply.status === 0) upstream.deadline = this.#backendDeadline(flushed);
  }

  /** It is the backend's turn when it has the whole request, is asked to say 100, or does not take what is sent. */
  #backendDeadline(flushed: boolean): number {
    if (flushed && !this.#upload.done && !this.#asked.expects) return Infinity;
    return this.#shared.wheel.in(this.#shared.options.timeouts.response);
  }

  /** More of the request came in; the position behind what belongs to it, or minus a refusal. */
  more(bytes: Buffer, at: number, end: number): number {
    const behind = this.#upload.take(bytes, at, end);
    if (this.#upload.refused > 0) return -this.#upload.refused;
    if (this.#asker !== null) this.#asker.deadline = this.#clientDeadline();
    if (behind > at && this.#upstream !== null) this.#pass(this.#upstream, bytes, at, behind);
    return behind;
  }

  #pass(upstream: Upstream, bytes: Buffer, at: number, end: number): void {
    this.#copy?.more(bytes, at, end, this.#upload.done);
    const kept = this.#kept;
    const from = kept.length;
    if (upstream.connecting) return kept.append(bytes, at, end);
    if (kept.fits(end - at)) {
      kept.append(bytes, at, end);
      return this.#sent(upstream.write(kept.bytes.subarray(from, kept.length)), upstream);
    }
    kept.spent = true;
    const { outbox } = this.#shared;
    const out = outbox.room(end - at);
    this.#sent(upstream.send(outbox, copy(bytes, at, end, outbox.bytes, out)), upstream);
  }

  flushed(): void {
    if (this.#upstream === null) return;
    if (this.#upstream.socket.writableLength > 0) return;
    this.#sent(true, this.#upstream);
    if (!this.#upload.done) this.#asker?.resume();
  }

  // --- the answer

  received(bytes: Buffer, at: number, end: number): void {
    this.#heard = true;
    if (this.#reply.status > 0) return this.#body(bytes, at, end, this.#shared.outbox.room(end - at));
    const head = this.#shared.answerHead;
    const { headBytes } = this.#shared.options.limits;
    const behind = head.parse(bytes, at, Math.min(end, at + headBytes));
    if (behind === MORE && end - at < headBytes) this.#wait(bytes, at, end);
    else if (behind <= 0) this.#malformed();
    else if (head.status >= 200) this.#final(head, behind, end);
    else if (head.status === 101) this.#switch(head, behind, end);
    else this.#interim(head, behind, end);
  }

  #wait(bytes: Buffer, at: number, end: number): void {
    this.#upstream?.hold(bytes, at, end);
  }

  #malformed(): void {
    this.#drop();
    this.#fail("reset", 502, "the backend's answer is malformed");
  }

  /** 1xx answers pass, to clients that know them (RFC 9110 section 15.2). */
  #interim(head: AnswerHead, behind: number, end: number): void {
    const { outbox } = this.#shared;
    if (head.status === 100) this.#asked.expects = false;
    if (!this.#asked.old) {
      const out = outbox.room(answerRoom(head, null));
      this.#asker?.send(forwardAnswer(head, null, "", false, outbox.bytes, out));
    }
    const upstream = this.#upstream;
    if (upstream !== null) upstream.deadline = this.#backendDeadline(true);
    if (behind < end) this.received(head.bytes, behind, end);
  }

  #final(head: AnswerHead, behind: number, end: number): void {
    const { health, outbox, draining } = this.#shared;
    const reply = this.#reply;
    // an answer before its request is complete: whether the rest would ever come is unknown
    reply.begin(head, this.#asked, draining || !this.#upload.done);
    health.succeeded((this.#backend as Backend).key);
    this.#heed(head);
    const out = outbox.room(answerRoom(head, this.#setCookie) + end - behind);
    const ending = reply.ending(this.#asked);
    this.#body(
      head.bytes,
      behind,
      end,
      forwardAnswer(head, this.#setCookie, ending, reply.unchunks, outbox.bytes, out),
    );
  }

  #heed(head: AnswerHead): void {
    const upstream = this.#upstream as Upstream;
    upstream.hintedMs = head.keepAliveSeconds < 0 ? -1 : head.keepAliveSeconds * 1000;
    if (head.eventStream) upstream.expectSilence();
  }

  /** Passes body bytes on, behind what is composed up to `out` already. */
  #body(bytes: Buffer, at: number, end: number, out: number): void {
    const { outbox } = this.#shared;
    const { body, unchunks } = this.#reply;
    const behind = body.take(bytes, at, end);
    out = copy(bytes, at, unchunks ? body.payloadEnd : behind, outbox.bytes, out);
    const flushed = out === outbox.at || (this.#asker as Asker).send(out);
    if (body.refused > 0) this.#break("reset");
    else if (body.done) this.#finish(behind === end);
    else this.#await(flushed);
  }

  #await(flushed: boolean): void {
    const upstream = this.#upstream as Upstream;
    if (!flushed) upstream.pause();
    if (this.#reply.eventStream) return;
    upstream.deadline = flushed ? this.#shared.wheel.in(this.#shared.options.timeouts.response) : Infinity;
  }

  /** The client took all that was sent to it. */
  clientFlushed(): void {
    const upstream = this.#upstream;
    if (upstream === null || this.#reply.status === 0) return;
    this.#await(true);
    upstream.resume();
  }

  /** The answer is complete. `clean` says that the backend said nothing beyond it. */
  #finish(clean: boolean): void {
    const upstream = this.#upstream as Upstream;
    const reply = this.#reply;
    this.#upstream = null;
    this.#entry.end(reply.status, null, this.#shared.now());
    const idle = clean && reply.keepsUpstream && this.#upload.done && !this.#halfClosed;
    if (idle && upstream.socket.writableLength === 0) upstream.release();
    else upstream.destroy();
    this.#close(reply.closes);
  }

  #close(closes: boolean): void {
    const asker = this.#asker as Asker;
    this.#asker = null;
    if (!this.#upload.done) this.#copy?.abandon();
    this.#copy = null;
    asker.answered(closes);
  }

  #switch(head: AnswerHead, behind: number, end: number): void {
    const { outbox, health, now } = this.#shared;
    if (!this.#asked.upgrades || head.upgrade < 0) return this.#malformed();
    const upstream = this.#upstream as Upstream;
    const asker = this.#asker as Asker;
    health.succeeded((this.#backend as Backend).key);
    const out = outbox.room(answerRoom(head, this.#setCookie));
    asker.send(forwardAnswer(head, this.#setCookie, "upgrade", false, outbox.bytes, out));
    this.#entry.end(head.status, null, now());
    this.#upstream = null;
    this.#asker = null;
    asker.tunnel(upstream);
    if (behind < end) upstream.tenant?.received(head.bytes, behind, end);
  }

  // --- what goes wrong

  /** The backend closes its side. That ends a body that has no other end, and cuts short everything else. */
  ended(): void {
    this.#halfClosed = true;
    if (this.#reply.status > 0 && this.#reply.body.endsAtClose) this.#finish(false);
    else this.lost();
  }

  lost(): void {
    const upstream = this.#drop();
    if (upstream === null) return;
    if (this.#reply.status > 0) this.#break("reset");
    else if (upstream.connecting) this.#fail("connect", 502, "the backend cannot be reached");
    else if (this.#isStale(upstream)) this.#use(this.#shared.pool.fresh(upstream.backend, this));
    else this.#fail("reset", 502, "the backend closed the connection without an answer");
  }

  expired(): void {
    const upstream = this.#drop();
    if (upstream === null) return;
    if (this.#reply.status > 0) this.#break("timeout");
    else if (upstream.connecting) this.#fail("connect", 504, "the backend does not accept the connection in time");
    else this.#fail("timeout", 504, "the backend does not answer in time");
  }

  /** Closed while idle: the request most likely was never read. */
  #isStale(upstream: Upstream): boolean {
    return upstream.reused && !this.#heard && this.#asked.idempotent && !this.#kept.spent;
  }

  #drop(): Upstream | null {
    const upstream = this.#upstream;
    this.#upstream = null;
    upstream?.abort();
    return upstream;
  }

  /** The attempt failed before anything of its answer was passed on. */
  #fail(failure: Failure, status: number, why: string): void {
    const nowMs = this.#shared.now();
    this.#entry.end(0, failure, nowMs);
    const failed = this.#backend as Backend;
    this.#shared.health.failed(failed.key, nowMs);
    const again =
      this.#attempts < MAX_ATTEMPTS && !this.#kept.spent && (failure === "connect" || this.#asked.idempotent);
    const next = again ? this.#table.pick("stable") : null;
    if (next !== null && next !== failed) this.#try(next);
    else this.#answer(status, why, nowMs);
  }

  /** An answer of the gateway's own. */
  #answer(status: number, why: string, nowMs: number): void {
    const { outbox, draining } = this.#shared;
    const asked = this.#asked;
    const closes = draining || !asked.keepsAlive || !this.#upload.done;
    const out = outbox.room(OWN_ROOM + (this.#setCookie?.length ?? 0));
    const own = { status, why, closes, old: asked.old, bodiless: asked.headOnly, setCookie: this.#setCookie, nowMs };
    (this.#asker as Asker).send(putOwn(own, outbox.bytes, out));
    this.#close(closes);
  }

  /** The answer broke off in the middle. */
  #break(failure: Failure): void {
    this.#drop();
    const nowMs = this.#shared.now();
    this.#entry.end(this.#reply.status, failure, nowMs);
    this.#shared.health.failed((this.#backend as Backend).key, nowMs);
    const asker = this.#asker as Asker;
    this.#asker = null;
    this.#copy = null;
    asker.cut();
  }

  /** The client went away, or sent what is refused: nobody's failure. */
  abandon(): void {
    this.#drop();
    this.#asker = null;
    this.#entry.abandon(this.#shared.now());
    this.#copy?.abandon();
    this.#copy = null;
  }
}
