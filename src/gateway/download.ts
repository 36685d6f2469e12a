/** An answer on its way to the client: how it is framed, and what it means for both connections. */
import type { AnswerHead } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { Body } from "./body.ts";
import { copy } from "./bytes.ts";
import { answerRoom, type Ending, forwardAnswer } from "./forward.ts";
import type { Outbox } from "./socket.ts";

export class Download {
  /** 0 until the final head has come. */
  status = 0;
  /** The backend keeps its connection open. */
  keepsUpstream = false;
  /** The client was told that its connection ends behind it. */
  closes = false;
  eventStream = false;
  /** Where what was composed last ends. */
  out = 0;
  readonly #outbox: Outbox;
  readonly #body = new Body();
  /** The chunked coding is taken out, for a client that does not know it. */
  #unchunks = false;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  reset(): void {
    this.status = 0;
    this.closes = false;
    this.eventStream = false;
  }

  get done(): boolean {
    return this.#body.done;
  }

  get refused(): boolean {
    return this.#body.refused > 0;
  }

  /** The client knows where the answer should end. */
  get framed(): boolean {
    return !this.#unchunks && !this.#body.endsAtClose;
  }

  get endsAtClose(): boolean {
    return this.#body.endsAtClose;
  }

  /**
   * Takes in a final head and what has come of the body behind it, and composes both; the position behind the body.
   * `closing` says that the client's connection ends anyway, `early` that its request is not complete.
   */
  begin(
    head: AnswerHead,
    asked: Asked,
    setCookie: string | null,
    at: number,
    end: number,
    closing: boolean,
    early: boolean,
  ): number {
    this.status = head.status;
    this.keepsUpstream = head.keepsAlive;
    this.eventStream = head.eventStream;
    this.#unchunks = asked.old && head.chunked;
    this.#body.expect(head, asked.headOnly, this.#unchunks);
    const behind = this.#body.take(head.bytes, at, end);
    // The whole answer before the whole request is a rejection. An answer that has begun may be an echo and stays open.
    const rejects = early && (this.#body.done || asked.expects);
    this.closes = closing || !asked.keepsAlive || rejects || this.#unchunks || this.#body.endsAtClose;
    const out = this.#outbox.room(answerRoom(head, setCookie) + behind - at);
    const headEnd = forwardAnswer(head, setCookie, this.#ending(asked), this.#unchunks, this.#outbox.bytes, out);
    this.#put(head.bytes, at, behind, headEnd);
    return behind;
  }

  #ending(asked: Asked): Ending {
    if (this.closes) return "close";
    return asked.old ? "keep-alive" : "";
  }

  /** Takes what belongs to the body from bytes[at, end) and composes it; the position behind it. */
  more(bytes: Buffer, at: number, end: number): number {
    const behind = this.#body.take(bytes, at, end);
    this.#put(bytes, at, behind, this.#outbox.room(behind - at));
    return behind;
  }

  #put(bytes: Buffer, at: number, behind: number, out: number): void {
    this.out = copy(bytes, at, this.#unchunks ? this.#body.payloadEnd : behind, this.#outbox.bytes, out);
  }
}
