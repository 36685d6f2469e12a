/**
 * One request and its answer: routed, sent to a backend, sent again where that is safe, its answer passed on. The first
 * attempt is what is recorded. Exchanges are used again: nothing is made per request.
 *
 * A reused connection that dies without a byte of an answer was closed by its backend while idle: that is no failure, and
 * a new one is made.
 */
import type { AnswerHead } from "./answer.ts";
import { Asked } from "./asked.ts";
import type { Asker } from "./asker.ts";
import { Attempts } from "./attempts.ts";
import { Copy, MAX_COPIES } from "./copy.ts";
import { Download } from "./download.ts";
import { Entry } from "./entry.ts";
import { answerRoom, forwardAnswer } from "./forward.ts";
import { MORE } from "./head.ts";
import { OWN_ROOM, putOwn } from "./own.ts";
import type { RequestHead } from "./request.ts";
import type { ArmName, Backend, Failure, Route } from "./seam.ts";
import type { Shared } from "./shared.ts";
import { Upload } from "./upload.ts";
import type { Tenant, Upstream } from "./upstream.ts";

export class Exchange implements Tenant {
  readonly #shared: Shared;
  readonly #asked = new Asked();
  readonly #upload: Upload;
  readonly #download: Download;
  readonly #entry: Entry;
  readonly #attempts: Attempts;
  #asker: Asker | null = null;
  #setCookie: string | null = null;
  #copy: Copy | null = null;
  #upstream: Upstream | null = null;
  /** Something of an answer has come in this attempt. */
  #heard = false;
  /** The backend has said all it will say. */
  #halfClosed = false;

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#upload = new Upload(shared);
    this.#download = new Download(shared.outbox);
    this.#entry = new Entry(shared.recorder);
    this.#attempts = new Attempts(shared.table);
  }

  /** Nothing more of the request is to come. */
  get uploaded(): boolean {
    return this.#upload.done;
  }

  /** The client has the head of an answer already: no other can be given. */
  get answering(): boolean {
    return this.#download.status > 0;
  }

  /** When the client must have sent more of its request; Infinity when it is not its turn. */
  get clientDeadline(): number {
    const upstream = this.#upstream;
    if (this.#upload.done || this.#asked.expects || upstream === null) return Infinity;
    if (upstream.connecting || upstream.socket.writableLength > 0) return Infinity;
    return this.#shared.wheel.in(this.#shared.options.timeouts.idle);
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
    const behind = this.#upload.begin(head, at, end);
    if (behind < 0) return behind;
    this.#asker = asker;
    this.#asked.note(head);
    this.#download.reset();
    const { wheel, table, now } = this.#shared;
    wheel.now = now();
    this.#attempts.begin(table);
    this.#start(this.#route(table.route(head), head, at, behind));
    return behind;
  }

  /** Opens the record and composes what is sent. The route is good until the next one is asked for. */
  #route(route: Route, head: RequestHead, at: number, end: number): ArmName {
    const copied = this.#isCopied(route);
    this.#setCookie = route.setCookie;
    this.#entry.begin(route, copied, this.#shared.wheel.now);
    this.#upload.compose(head, this.#asker as Asker, at, end);
    this.#copy = copied ? Copy.of(this.#shared, route, this.#asked, this.#upload) : null;
    return route.arm;
  }

  #isCopied({ mirrorTo }: Route): boolean {
    if (mirrorTo === null || this.#shared.copies.size >= MAX_COPIES) return false;
    return !this.#asked.upgrades && !this.#asked.expects;
  }

  // --- sending

  /** A canary without a backend falls back, and that counts as its failure. */
  #start(arm: ArmName): void {
    let backend = this.#attempts.first(arm);
    if (backend === null) this.#entry.end(0, "connect", this.#shared.now());
    if (backend === null && arm === "canary") backend = this.#attempts.first("stable");
    if (backend === null) this.#answer(503, "no backend is up", this.#shared.now());
    else this.#try(backend);
  }

  #try(backend: Backend): void {
    this.#use(this.#shared.pool.acquire(backend, this, !this.#asked.idempotent));
  }

  #use(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#heard = false;
    this.#halfClosed = false;
    if (!upstream.connecting) return this.#send(upstream);
    upstream.deadline = this.#shared.wheel.in(this.#shared.options.timeouts.connect);
    this.#turn(false);
  }

  connected(): void {
    if (this.#upstream !== null) this.#send(this.#upstream);
  }

  #send(upstream: Upstream): void {
    this.#sent(this.#upload.send(upstream), upstream);
  }

  #sent(flushed: boolean, upstream: Upstream): void {
    this.#turn(flushed);
    if (!this.#download.eventStream) upstream.deadline = this.#backendDeadline(flushed);
  }

  /** The client may go on sending, or must wait until the backend has taken what was sent. */
  #turn(clients: boolean): void {
    const asker = this.#asker as Asker;
    asker.deadline = this.clientDeadline;
    if (this.#upload.done) return;
    if (clients) asker.resume();
    else asker.pause();
  }

  /** It is the backend's turn when it has the whole request, is asked to say 100, or does not take what is sent. */
  #backendDeadline(flushed: boolean): number {
    if (flushed && !this.#upload.done && !this.#asked.expects) return Infinity;
    return this.#shared.wheel.in(this.#shared.options.timeouts.response);
  }

  /** More of the request came in; the position behind what belongs to it, or minus a refusal. */
  more(bytes: Buffer, at: number, end: number): number {
    const behind = this.#upload.take(bytes, at, end);
    if (behind < 0) return behind;
    const upstream = this.#upstream as Upstream;
    this.#copy?.more(bytes, at, behind, this.#upload.done);
    const flushed = this.#upload.more(upstream, bytes, at, behind);
    if (!upstream.connecting) this.#sent(flushed, upstream);
    return behind;
  }

  flushed(): void {
    const upstream = this.#upstream;
    if (upstream !== null && upstream.socket.writableLength === 0) this.#sent(true, upstream);
  }

  // --- the answer

  received(bytes: Buffer, at: number, end: number): void {
    this.#heard = true;
    if (this.#download.status > 0) return this.#relay(this.#download.more(bytes, at, end) === end);
    const head = this.#shared.answerHead;
    const { headBytes } = this.#shared.options.limits;
    const behind = head.parse(bytes, at, Math.min(end, at + headBytes));
    if (behind === MORE && end - at < headBytes) this.#upstream?.hold(bytes, at, end);
    else if (behind <= 0) this.#malformed();
    else if (head.status >= 200) this.#final(head, behind, end);
    else if (head.status === 101) this.#switch(head, behind, end);
    else this.#interim(head, behind, end);
  }

  #malformed(): void {
    this.#drop();
    this.#fail("reset", 502, "the backend's answer is malformed");
  }

  /** 1xx answers pass, to clients that know them (RFC 9110 section 15.2). */
  #interim(head: AnswerHead, behind: number, end: number): void {
    if (head.status === 100) this.#asked.expects = false;
    if (!this.#asked.old) this.#sendHead(head, null, "");
    (this.#asker as Asker).deadline = this.clientDeadline;
    (this.#upstream as Upstream).deadline = this.#backendDeadline(true);
    if (behind < end) this.received(head.bytes, behind, end);
  }

  #sendHead(head: AnswerHead, setCookie: string | null, ending: "" | "upgrade"): void {
    const { outbox } = this.#shared;
    const out = outbox.room(answerRoom(head, setCookie));
    (this.#asker as Asker).send(forwardAnswer(head, setCookie, ending, false, outbox.bytes, out));
  }

  #final(head: AnswerHead, at: number, end: number): void {
    const { health, draining } = this.#shared;
    const upstream = this.#upstream as Upstream;
    health.succeeded(upstream.backend.key);
    upstream.hintedMs = head.keepAliveSeconds < 0 ? -1 : head.keepAliveSeconds * 1000;
    if (head.eventStream) upstream.expectSilence();
    this.#relay(
      this.#download.begin(head, this.#asked, this.#setCookie, at, end, draining, !this.#upload.done) === end,
    );
  }

  /** Passes on what was composed of the answer. `clean` says that the backend said nothing beyond it. */
  #relay(clean: boolean): void {
    const download = this.#download;
    const flushed = download.out === this.#shared.outbox.at || (this.#asker as Asker).send(download.out);
    if (download.refused) this.#break("reset");
    else if (download.done) this.#finish(clean);
    else this.#await(flushed);
  }

  #await(flushed: boolean): void {
    const upstream = this.#upstream as Upstream;
    if (!flushed) upstream.pause();
    if (this.#download.eventStream) return;
    upstream.deadline = flushed ? this.#shared.wheel.in(this.#shared.options.timeouts.response) : Infinity;
  }

  /** The client took all that was sent to it. */
  clientFlushed(): void {
    const upstream = this.#upstream;
    if (upstream === null || this.#download.status === 0) return;
    this.#await(true);
    upstream.resume();
  }

  #finish(clean: boolean): void {
    const upstream = this.#upstream as Upstream;
    const { status, keepsUpstream, closes } = this.#download;
    this.#upstream = null;
    this.#entry.end(status, null, this.#shared.now());
    const idle = clean && keepsUpstream && this.#upload.done && !this.#halfClosed;
    if (idle && upstream.socket.writableLength === 0) upstream.release();
    else upstream.destroy();
    this.#close(closes);
  }

  /** What still comes of an unfinished request is for nobody: its connection ends too. */
  #close(closes: boolean): void {
    const asker = this.#asker as Asker;
    const { done } = this.#upload;
    this.#asker = null;
    this.#leaveCopy();
    asker.answered(closes || !done);
  }

  /** A complete copy goes its own way; of an incomplete one nothing can be learnt any more. */
  #leaveCopy(): void {
    if (!this.#upload.done) this.#copy?.abandon();
    this.#copy = null;
  }

  #switch(head: AnswerHead, behind: number, end: number): void {
    if (!this.#asked.upgrades || head.upgrade < 0) return this.#malformed();
    const upstream = this.#upstream as Upstream;
    const asker = this.#asker as Asker;
    this.#shared.health.succeeded(upstream.backend.key);
    this.#sendHead(head, this.#setCookie, "upgrade");
    this.#entry.end(head.status, null, this.#shared.now());
    this.#upstream = null;
    this.#asker = null;
    asker.tunnel(upstream);
    if (behind < end) upstream.tenant?.received(head.bytes, behind, end);
  }

  // --- what goes wrong

  /** The backend closes its side. That ends a body that has no other end, and cuts short everything else. */
  ended(): void {
    this.#halfClosed = true;
    if (this.#download.status > 0 && this.#download.endsAtClose) this.#finish(false);
    else this.lost();
  }

  lost(): void {
    const upstream = this.#drop();
    if (upstream === null) return;
    if (this.#download.status > 0) this.#break("reset");
    else if (upstream.connecting) this.#fail("connect", 502, "the backend cannot be reached");
    else if (this.#isStale(upstream)) this.#use(this.#shared.pool.fresh(upstream.backend, this));
    else this.#fail("reset", 502, "the backend closed the connection without an answer");
  }

  expired(): void {
    const upstream = this.#drop();
    if (upstream === null) return;
    if (this.#download.status > 0) this.#break("timeout");
    else if (upstream.connecting) this.#fail("connect", 504, "the backend does not accept the connection in time");
    else this.#fail("timeout", 504, "the backend does not answer in time");
  }

  /** Closed while idle: the request most likely was never read. */
  #isStale(upstream: Upstream): boolean {
    return upstream.reused && !this.#heard && this.#asked.idempotent && !this.#upload.kept.spent;
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
    this.#shared.health.failed(this.#attempts.backend.key, nowMs);
    const next = this.#attempts.again(failure, this.#asked.idempotent, this.#upload.kept.spent);
    if (next === null) this.#answer(status, why, nowMs);
    else this.#try(next);
  }

  /** An answer of the gateway's own. */
  #answer(status: number, why: string, nowMs: number): void {
    const { outbox, draining } = this.#shared;
    const asked = this.#asked;
    const setCookie = this.#setCookie;
    const closes = draining || !asked.keepsAlive || !this.#upload.done;
    const own = { status, why, closes, old: asked.old, bodiless: asked.headOnly, setCookie, nowMs };
    const out = outbox.room(OWN_ROOM + (setCookie?.length ?? 0));
    (this.#asker as Asker).send(putOwn(own, outbox.bytes, out));
    this.#close(closes);
  }

  /** The answer broke off in the middle. */
  #break(failure: Failure): void {
    this.#drop();
    const nowMs = this.#shared.now();
    this.#entry.end(this.#download.status, failure, nowMs);
    this.#shared.health.failed(this.#attempts.backend.key, nowMs);
    const asker = this.#asker as Asker;
    this.#asker = null;
    this.#leaveCopy();
    asker.cut(this.#download.framed);
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
