/** Connections to backends, and the stack of idle ones that each backend has: the one used last is used next. */
import { Socket } from "node:net";
import type { Backend } from "./seam.ts";
import { type Outbox, reading, whenFlushed } from "./socket.ts";
import type { Expiring, Wheel } from "./wheel.ts";

/** Whoever uses a connection at the moment: an exchange, a copy or a tunnel. */
export interface Tenant {
  /** A new connection stands. */
  connected(): void;
  /** bytes[at, end) came in; they are valid during the call. */
  received(bytes: Buffer, at: number, end: number): void;
  /** All that was written is out. */
  flushed(): void;
  /** The backend will send nothing more. */
  ended(): void;
  /** The connection is gone, or never came to be. */
  lost(): void;
  /** The deadline that the tenant set has passed. */
  expired(): void;
}

export interface PoolOptions {
  /** Everything is read into this. */
  readonly input: Buffer;
  readonly maxIdlePerBackend: number;
  /** How long an idle connection is kept when the backend gives no hint. */
  readonly idleMs: number;
}

/** A backend's hint "Keep-Alive: timeout=N" is taken with a second to spare, and never for longer than this. */
const MAX_HINTED_MS = 60_000;
const MARGIN_MS = 1000;
/** Connections idle for longer may be closing just now: they are not trusted with what cannot be sent twice. */
const WARM_MS = 1000;
/** Dead peers of silent connections are found out by the kernel. */
const KEEP_ALIVE_MS = 30_000;

/**
 * A socket that survives failed writes: a backend that answers early and closes has its answer lying in the receive
 * buffer while writing the rest of the request fails already.
 */
class PatientSocket extends Socket {
  patient = false;

  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    super._write(chunk, encoding, this.patient ? () => done() : done);
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    super._writev?.(chunks, this.patient ? () => done() : done);
  }
}

export class Upstream implements Expiring {
  readonly backend: Backend;
  readonly socket: PatientSocket;
  tenant: Tenant | null;
  deadline = Infinity;
  connecting = true;
  /** It has served a request before this one. */
  reused = false;
  gone = false;
  /** What its backend said about keeping idle connections, in milliseconds; -1 for nothing. */
  hintedMs = -1;
  idleSince = 0;
  readonly #pool: UpstreamPool;
  #paused = false;
  /** An incomplete head, kept between reads. */
  #held: Buffer | null = null;
  readonly #onFlushed = (): void => this.tenant?.flushed();

  constructor(pool: UpstreamPool, backend: Backend, tenant: Tenant, input: Buffer) {
    this.#pool = pool;
    this.backend = backend;
    this.tenant = tenant;
    const onread = reading(input, (length, bytes) => this.#read(length, bytes));
    this.socket = new PatientSocket({ allowHalfOpen: true, noDelay: true, onread });
    this.socket.connect({ host: backend.host, port: backend.port });
    this.socket.on("connect", () => this.#connected());
    this.socket.on("end", () => this.#ended());
    this.socket.on("close", () => this.#closed());
    this.socket.on("error", () => this.#closed());
  }

  #connected(): void {
    this.connecting = false;
    this.tenant?.connected();
  }

  #read(length: number, bytes: Buffer): boolean {
    const { tenant } = this;
    // a backend that talks without being asked: whatever it says would be taken for the next answer
    if (tenant === null) this.destroy();
    else if (this.#held === null) tenant.received(bytes, 0, length);
    else this.#readMore(tenant, this.#held, length, bytes);
    return !this.#paused;
  }

  #readMore(tenant: Tenant, held: Buffer, length: number, bytes: Buffer): void {
    this.#held = null;
    const all = Buffer.concat([held, bytes.subarray(0, length)]);
    tenant.received(all, 0, all.length);
  }

  #ended(): void {
    if (this.tenant === null) this.destroy();
    else this.tenant.ended();
  }

  #closed(): void {
    if (this.gone) return;
    const { tenant } = this;
    this.destroy();
    tenant?.lost();
  }

  expire(): void {
    if (this.tenant === null) this.destroy();
    else this.tenant.expired();
  }

  /** Keeps bytes[at, end) until more comes: the tenant then gets all of it. */
  hold(bytes: Buffer, at: number, end: number): void {
    this.#held = Buffer.from(bytes.subarray(at, end));
  }

  /** Writes bytes that stay as they are until `flushed`; true when the kernel took everything at once. */
  write(bytes: Buffer): boolean {
    this.socket.write(bytes);
    return this.#isFlushed();
  }

  /** Writes what was composed in the outbox; true when the kernel took everything at once, else `flushed` follows. */
  send(outbox: Outbox, end: number): boolean {
    return outbox.send(this.socket, end) || this.#isFlushed();
  }

  #isFlushed(): boolean {
    if (this.socket.writableLength === 0) return true;
    whenFlushed(this.socket, this.#onFlushed);
    return false;
  }

  /** From now on a failed write is no reason to give up reading. */
  beginUpload(): void {
    this.socket.patient = true;
  }

  /** It may be silent for hours: the kernel watches whether the other end is still there. */
  expectSilence(): void {
    this.deadline = Infinity;
    this.socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.socket.resume();
  }

  /** Back to the idle ones. */
  release(): void {
    this.tenant = null;
    this.socket.patient = false;
    this.#pool.put(this);
  }

  /** Ends it without a word to the tenant. */
  destroy(): void {
    if (this.gone) return;
    this.#leave();
    this.socket.destroy();
  }

  /** Aborts it with a reset, so that the backend notices at once even if it is busy writing. */
  abort(): void {
    if (this.gone) return;
    this.#leave();
    if (this.connecting) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  #leave(): void {
    this.tenant = null;
    this.gone = true;
    this.deadline = Infinity;
    this.#pool.forget(this);
  }
}

export class UpstreamPool {
  readonly #idle = new Map<string, Upstream[]>();
  readonly #all = new Set<Upstream>();
  readonly #wheel: Wheel;
  readonly #options: PoolOptions;

  constructor(wheel: Wheel, options: PoolOptions) {
    this.#wheel = wheel;
    this.#options = options;
  }

  /**
   * An idle connection or, when there is none, one that is being made: look at `connecting`. `warm` asks for one that
   * was in use a moment ago.
   */
  acquire(backend: Backend, tenant: Tenant, warm: boolean): Upstream {
    const stack = this.#idle.get(backend.key);
    const upstream = stack === undefined || stack.length === 0 ? null : this.#reuse(stack, warm);
    if (upstream === null) return this.fresh(backend, tenant);
    upstream.tenant = tenant;
    upstream.deadline = Infinity;
    upstream.reused = true;
    return upstream;
  }

  #reuse(stack: Upstream[], warm: boolean): Upstream | null {
    const upstream = stack[stack.length - 1];
    const { now } = this.#wheel;
    if (upstream.deadline <= now || (warm && now - upstream.idleSince > WARM_MS)) return null;
    stack.length -= 1;
    return upstream;
  }

  /** A new connection. */
  fresh(backend: Backend, tenant: Tenant): Upstream {
    const upstream = new Upstream(this, backend, tenant, this.#options.input);
    this.#all.add(upstream);
    this.#wheel.add(upstream);
    return upstream;
  }

  put(upstream: Upstream): void {
    let stack = this.#idle.get(upstream.backend.key);
    if (stack === undefined) this.#idle.set(upstream.backend.key, (stack = []));
    if (stack.length >= this.#options.maxIdlePerBackend) {
      upstream.destroy();
      return;
    }
    upstream.idleSince = this.#wheel.now;
    upstream.deadline = this.#wheel.now + this.#idleMs(upstream);
    stack.push(upstream);
  }

  #idleMs(upstream: Upstream): number {
    if (upstream.hintedMs < 0) return this.#options.idleMs;
    return Math.min(upstream.hintedMs, MAX_HINTED_MS) - MARGIN_MS;
  }

  forget(upstream: Upstream): void {
    this.#all.delete(upstream);
    this.#wheel.delete(upstream);
    const stack = this.#idle.get(upstream.backend.key);
    const index = stack?.indexOf(upstream) ?? -1;
    if (index >= 0) stack?.splice(index, 1);
    if (stack?.length === 0) this.#idle.delete(upstream.backend.key);
  }

  /** How many connections there are, idle ones included. */
  get size(): number {
    return this.#all.size;
  }

  /** Ends the idle ones. */
  dropIdle(): void {
    for (const upstream of this.#all) if (upstream.tenant === null) upstream.destroy();
  }

  destroy(): void {
    for (const upstream of this.#all) upstream.destroy();
  }
}
