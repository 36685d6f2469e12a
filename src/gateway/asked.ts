/** What must be remembered of a request once its head has been sent on. */
import type { RequestHead } from "./request.ts";

export class Asked {
  /** HEAD: the answer has no body whatever its head says. */
  headOnly = false;
  /** May be sent twice. */
  idempotent = false;
  /** HTTP/1.0: no chunks, no 1xx, no keep-alive unless asked for. */
  old = false;
  keepsAlive = true;
  /** 100-continue was asked for and has not come yet. */
  expects = false;
  upgrades = false;

  note(head: RequestHead): void {
    this.headOnly = head.method === "HEAD";
    this.idempotent = head.idempotent;
    this.old = head.minor === 0;
    this.keepsAlive = head.keepsAlive;
    this.expects = head.expectsContinue;
    this.upgrades = head.wantsUpgrade;
  }
}
