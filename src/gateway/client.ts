/** A client's connection: finds the heads in what comes in, one exchange after the other, and ends in good order. */
import type { Socket } from "node:net";
import { LF } from "./bytes.ts";
import type { Asker } from "./asker.ts";
import type { Exchange } from "./exchange.ts";
import { MORE } from "./head.ts";
import { formatListen } from "./listen.ts";
import { OWN_ROOM, putOwn } from "./own.ts";
import { Refused, refusal } from "./refusal.ts";
import type { Shared } from "./shared.ts";
import { adopt, whenFlushed } from "./socket.ts";
import { clientAddress, unmapped } from "./trust.ts";
import { Tunnel, type TunnelEnd } from "./tunnel.ts";
import type { Upstream } from "./upstream.ts";
import type { Expiring } from "./wheel.ts";

/** After the last answer, reading goes on for so long, so that a reset does not destroy the answer (RFC 9112 section 9.6). */
const LINGER_MS = 5000;
/** So long a client that closed its side may still wait for its answer, and a connection that is idle serve once more. */
const PARTING_MS = 1000;

/** Where connections come from and go to. */
export interface Clients {
  /** An exchange that is not in use. */
  take(): Exchange;
  giveBack(exchange: Exchange): void;
  /** The connection is gone. */
  forget(client: Client): void;
}

const State = { OPEN: 0, LINGERING: 1, GONE: 2 } as const;

export class Client implements Asker, TunnelEnd, Expiring {
  readonly address: string;
  deadline: number;
  readonly #shared: Shared;
  readonly #clients: Clients;
  readonly #socket: Socket;
  #state: number = State.OPEN;
  #exchange: Exchange | null = null;
  #tunnel: Tunnel | null = null;
  /** What came in and cannot be worked on yet: an incomplete head, or requests that came ahead of their turn. */
  #held: Buffer | null = null;
  #working = false;
  #paused = false;
  /** Something was written that the kernel has not taken. */
  #blocked = false;
  readonly #onFlushed = (): void => this.#flushed();

  constructor(shared: Shared, clients: Clients, accepted: Socket) {
    this.#shared = shared;
    this.#clients = clients;
    this.address = unmapped(accepted.remoteAddress ?? "");
    this.deadline = shared.wheel.in(shared.options.timeouts.head);
    this.#socket = adopt(accepted, shared.input, (length, bytes) => this.#read(length, bytes));
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("error", () => this.destroy());
    this.#socket.on("close", () => this.destroy());
  }

  get local(): string {
    const { localAddress = "", localPort = 0 } = this.#socket;
    return formatListen({ host: unmapped(localAddress), port: localPort });
  }

  // --- reading

  #read(length: number, bytes: Buffer): boolean {
    if (this.#tunnel !== null) this.#tunnel.sent(bytes, 0, length);
    else if (this.#state !== State.OPEN) return true;
    else if (this.#held === null) this.#work(bytes, 0, length);
    else this.#readMore(this.#held, length, bytes);
    return !this.#paused;
  }

  /** A head ends with a line feed: without one there is nothing new to find, however slowly it drips in. */
  #readMore(held: Buffer, length: number, bytes: Buffer): void {
    const fresh = bytes.subarray(0, length);
    const all = Buffer.concat([held, fresh]);
    this.#held = null;
    const waits = this.#exchange === null && !this.#blocked && !fresh.includes(LF);
    if (waits && all.length < this.#shared.options.limits.headBytes) this.#held = all;
    else this.#work(all, 0, all.length);
  }

  #work(bytes: Buffer, at: number, end: number): void {
    this.#working = true;
    while (at < end && this.#state === State.OPEN && this.#tunnel === null) at = this.#step(bytes, at, end);
    this.#working = false;
  }

  /** Takes one request head, or what belongs to the request under way; the position behind it. */
  #step(bytes: Buffer, at: number, end: number): number {
    const exchange = this.#exchange;
    if (exchange === null && !this.#blocked) return this.#head(bytes, at, end);
    if (exchange === null || exchange.uploaded) return this.#hold(bytes, at, end);
    const behind = exchange.more(bytes, at, end);
    return behind < 0 ? this.#reject(exchange, behind, end) : behind;
  }

  #head(bytes: Buffer, at: number, end: number): number {
    const { requestHead: head, options } = this.#shared;
    const { headBytes, uriBytes } = options.limits;
    const behind = head.parse(bytes, at, Math.min(end, at + headBytes), uriBytes);
    if (behind === MORE && end - at < headBytes) return this.#wait(bytes, at, end);
    if (behind <= 0) return this.#refuse(behind === MORE ? -Refused.headTooLarge : behind, end);
    head.remoteAddress = clientAddress(head, this.address, options.trustForwarded);
    const exchange = this.#clients.take();
    this.#exchange = exchange;
    const next = exchange.begin(this, head, behind, end);
    if (next >= 0) return next;
    this.#leaveExchange(exchange);
    return this.#refuse(next, end);
  }

  /** The time for a head runs from its first byte. */
  #wait(bytes: Buffer, at: number, end: number): number {
    const { wheel, options } = this.#shared;
    this.deadline = Math.min(this.deadline, wheel.in(options.timeouts.head));
    this.#held = Buffer.from(bytes.subarray(at, end));
    return end;
  }

  /** Requests ahead of their turn wait here, up to the size of a head, and then in the kernel. */
  #hold(bytes: Buffer, at: number, end: number): number {
    this.#held = Buffer.from(bytes.subarray(at, end));
    if (end - at > this.#shared.options.limits.headBytes) this.pause();
    return end;
  }

  /** What could not be worked on before. */
  #next(): void {
    const held = this.#held;
    this.#held = null;
    this.resume();
    if (held !== null) this.#work(held, 0, held.length);
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  // --- writing

  send(end: number): boolean {
    if (this.#shared.outbox.send(this.#socket, end)) return true;
    if (this.#blocked) return false;
    this.#blocked = true;
    this.deadline = this.#shared.wheel.in(this.#shared.options.timeouts.idle);
    whenFlushed(this.#socket, this.#onFlushed);
    return false;
  }

  #flushed(): void {
    if (this.#state === State.GONE) return;
    if (this.#socket.writableLength > 0) return whenFlushed(this.#socket, this.#onFlushed);
    this.#blocked = false;
    if (this.#tunnel !== null) return this.#tunnel.taken();
    if (this.#state !== State.OPEN) return;
    this.#await();
    if (this.#exchange !== null) this.#exchange.clientFlushed();
    else this.#next();
  }

  #await(): void {
    const { wheel, options, draining } = this.#shared;
    const idle = draining ? PARTING_MS : options.timeouts.idle;
    this.deadline = this.#exchange === null ? wheel.in(idle) : this.#exchange.clientDeadline;
  }

  // --- exchanges

  answered(closes: boolean): void {
    if (this.#exchange !== null) this.#leaveExchange(this.#exchange);
    if (closes || this.#shared.draining) return this.#finish();
    if (this.#blocked) return;
    this.#await();
    if (!this.#working) this.#next();
  }

  #leaveExchange(exchange: Exchange): void {
    this.#exchange = null;
    this.#clients.giveBack(exchange);
  }

  /** An answer broke off. What was sent of it still arrives where its framing shows that it is not whole; else a reset shows it. */
  cut(framed: boolean): void {
    if (this.#exchange !== null) this.#leaveExchange(this.#exchange);
    if (framed) return this.#finish();
    this.#leave();
    this.#socket.resetAndDestroy();
  }

  tunnel(upstream: Upstream): void {
    if (this.#exchange !== null) this.#leaveExchange(this.#exchange);
    const tunnel = new Tunnel(this.#shared, this, upstream);
    this.#tunnel = tunnel;
    const held = this.#held;
    this.#held = null;
    this.resume();
    if (held !== null) tunnel.sent(held, 0, held.length);
  }

  /** The rest of a request is malformed. */
  #reject(exchange: Exchange, result: number, end: number): number {
    const { answering } = exchange;
    exchange.abandon();
    this.#leaveExchange(exchange);
    if (!answering) return this.#refuse(result, end);
    this.destroy();
    return end;
  }

  #refuse(result: number, end: number): number {
    const { status, why } = refusal(result);
    this.#say(status, why);
    return end;
  }

  #say(status: number, why: string): void {
    const { outbox, now } = this.#shared;
    const answer = { status, why, closes: true, old: false, bodiless: false, setCookie: null, nowMs: now() };
    const out = outbox.room(OWN_ROOM);
    this.send(putOwn(answer, outbox.bytes, out));
    this.#finish();
  }

  // --- ending

  /** Nothing more is answered. What still comes in is read and dropped, until the client closes too. */
  #finish(): void {
    this.#state = State.LINGERING;
    this.#held = null;
    const { wheel, options } = this.#shared;
    this.deadline = wheel.in(options.timeouts.idle);
    this.#socket.end(() => (this.deadline = wheel.in(LINGER_MS)));
    this.resume();
  }

  end(): void {
    this.#socket.end();
  }

  /** The client closed its side. While an answer is due that means that it gave up: most do not close in halves. */
  #ended(): void {
    if (this.#tunnel !== null) return this.#tunnel.clientEnded();
    const open = this.#state === State.OPEN;
    const exchange = this.#exchange;
    // Some do, when they have said what they wanted.
    if (open && exchange !== null && exchange.uploaded && exchange.isLast)
      setTimeout(() => this.destroy(), PARTING_MS).unref();
    else if (open && exchange === null && this.#blocked) this.#finish();
    else this.destroy();
  }

  expire(): void {
    if (this.#state !== State.OPEN || this.#tunnel !== null || this.#blocked) return this.destroy();
    const exchange = this.#exchange;
    if (exchange === null && this.#held === null) return this.destroy();
    if (exchange !== null && exchange.answering) return this.destroy();
    exchange?.abandon();
    if (exchange !== null) this.#leaveExchange(exchange);
    this.#say(408, exchange === null ? "the head did not come in time" : "the body did not come in time");
  }

  /**
   * The gateway stops: every answer is its connection's last. What looks idle may have a request on its way already, which
   * would be lost: it is given a moment.
   */
  drain(): void {
    if (this.#state !== State.OPEN || this.#exchange !== null || this.#tunnel !== null || this.#blocked) return;
    this.deadline = Math.min(this.deadline, this.#shared.wheel.in(PARTING_MS));
  }

  destroy(): void {
    if (this.#state === State.GONE) return;
    this.#leave();
    this.#socket.destroy();
  }

  #leave(): void {
    this.#state = State.GONE;
    this.deadline = Infinity;
    this.#held = null;
    this.#clients.forget(this);
    const exchange = this.#exchange;
    exchange?.abandon();
    if (exchange !== null) this.#leaveExchange(exchange);
    this.#tunnel?.close();
    this.#tunnel = null;
  }
}
