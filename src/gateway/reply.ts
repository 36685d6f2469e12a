/** An answer on its way to the client: how it is framed, and what it means for both connections. */
import type { AnswerHead } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { Body } from "./body.ts";
import type { Ending } from "./forward.ts";

export class Reply {
  /** 0 until the final head has come. */
  status = 0;
  readonly body = new Body();
  /** The backend keeps its connection open. */
  keepsUpstream = false;
  /** The client's connection ends behind it. */
  closes = false;
  /** The chunked coding is taken out, for a client that does not know it. */
  unchunks = false;
  eventStream = false;

  reset(): void {
    this.status = 0;
  }

  /** Takes in a final head (RFC 9112 section 6.3). `closing` says that the client's connection ends anyway. */
  begin(head: AnswerHead, asked: Asked, closing: boolean): void {
    this.status = head.status;
    this.keepsUpstream = head.keepsAlive;
    this.eventStream = head.eventStream;
    this.unchunks = asked.old && head.chunked;
    this.body.expect(head, asked.headOnly, this.unchunks);
    this.closes = closing || !asked.keepsAlive || this.unchunks || this.body.endsAtClose;
  }

  ending(asked: Asked): Ending {
    if (this.closes) return "close";
    return asked.old ? "keep-alive" : "";
  }
}
