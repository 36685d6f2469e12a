/** What follows a switch of protocols (WebSocket): bytes both ways until both sides are done. */
import { copy } from "./bytes.ts";
import type { Shared } from "./shared.ts";
import type { Tenant, Upstream } from "./upstream.ts";

/** The client's end of it. */
export interface TunnelEnd {
  deadline: number;
  /** Writes what was composed in the outbox; true when the kernel took everything, else the tunnel's `taken` follows. */
  send(end: number): boolean;
  pause(): void;
  resume(): void;
  /** Nothing more goes to the client. */
  end(): void;
  destroy(): void;
}

export class Tunnel implements Tenant {
  readonly #shared: Shared;
  readonly #client: TunnelEnd;
  readonly #upstream: Upstream;

  constructor(shared: Shared, client: TunnelEnd, upstream: Upstream) {
    this.#shared = shared;
    this.#client = client;
    this.#upstream = upstream;
    upstream.tenant = this;
    upstream.expectSilence();
    client.deadline = Infinity;
  }

  /** Bytes from the client. */
  sent(bytes: Buffer, at: number, end: number): void {
    const { outbox } = this.#shared;
    const out = outbox.room(end - at);
    if (!this.#upstream.send(outbox, copy(bytes, at, end, outbox.bytes, out))) this.#client.pause();
  }

  flushed(): void {
    if (this.#upstream.socket.writableLength === 0) this.#client.resume();
  }

  /** Bytes from the backend. */
  received(bytes: Buffer, at: number, end: number): void {
    const { outbox } = this.#shared;
    const out = outbox.room(end - at);
    if (!this.#client.send(copy(bytes, at, end, outbox.bytes, out))) this.#upstream.pause();
  }

  /** The client took what was sent to it. */
  taken(): void {
    this.#client.deadline = this.#upstream.deadline;
    this.#upstream.resume();
  }

  /** The backend is done: the client may still have something to say, for a while. */
  ended(): void {
    this.#client.end();
    this.#hurry();
  }

  /** The client is done. */
  clientEnded(): void {
    this.#upstream.socket.end();
    this.#hurry();
  }

  #hurry(): void {
    const deadline = this.#shared.wheel.in(this.#shared.options.timeouts.idle);
    this.#upstream.deadline = deadline;
    this.#client.deadline = deadline;
  }

  /** The client is gone. */
  close(): void {
    this.#upstream.abort();
  }

  connected(): void {}

  lost(): void {
    this.#client.destroy();
  }

  expired(): void {
    this.#upstream.abort();
    this.#client.destroy();
  }
}
