/** A request on its way to a backend: composed once, sent as often as attempts are made. */
import { Body } from "./body.ts";
import { copy } from "./bytes.ts";
import { type Peer, forwardRequest, requestRoom } from "./forward.ts";
import { Kept } from "./kept.ts";
import type { RequestHead } from "./request.ts";
import type { Shared } from "./shared.ts";
import type { Upstream } from "./upstream.ts";

export class Upload {
  readonly kept = new Kept();
  readonly #shared: Shared;
  readonly #body = new Body();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Nothing more of the request is to come. */
  get done(): boolean {
    return this.#body.done;
  }

  /** Takes in how the request is framed, and what has come of its body at `at`; the position behind it, or minus a refusal. */
  begin(head: RequestHead, at: number, end: number): number {
    if (head.chunked) this.#body.chunked(false);
    else this.#body.sized(Math.max(0, head.contentLength));
    return this.take(head.bytes, at, end);
  }

  /** The position behind what belongs to the body, or minus a refusal. */
  take(bytes: Buffer, at: number, end: number): number {
    const behind = this.#body.take(bytes, at, end);
    return this.#body.refused > 0 ? -this.#body.refused : behind;
  }

  /** Composes what is sent: the head for the next hop, and the body so far, bytes[at, end). */
  compose(head: RequestHead, peer: Peer, at: number, end: number): void {
    const { options, requestId } = this.#shared;
    const target = this.kept.begin(requestRoom(head));
    this.kept.head(forwardRequest(head, peer, options.trustForwarded > 0, requestId, target, 0));
    if (end > at) this.kept.append(head.bytes, at, end);
  }

  /** Sends all so far on a connection of its own; true when the kernel took it at once. */
  send(upstream: Upstream): boolean {
    if (!this.done) upstream.beginUpload();
    const { bytes, length } = this.kept;
    return upstream.write(bytes.subarray(0, length));
  }

  /** Sends more of the body; true when the kernel took it at once. */
  more(upstream: Upstream, bytes: Buffer, at: number, end: number): boolean {
    const { kept } = this;
    const from = kept.length;
    if (upstream.connecting) {
      kept.append(bytes, at, end);
      return false;
    }
    if (!kept.fits(end - at)) return this.#passBy(upstream, bytes, at, end);
    kept.append(bytes, at, end);
    return upstream.write(kept.bytes.subarray(from, kept.length));
  }

  #passBy(upstream: Upstream, bytes: Buffer, at: number, end: number): boolean {
    const { outbox } = this.#shared;
    this.kept.spent = true;
    const out = outbox.room(end - at);
    return upstream.send(outbox, copy(bytes, at, end, outbox.bytes, out));
  }
}
