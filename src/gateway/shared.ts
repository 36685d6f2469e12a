/** What all connections of a worker share: one record to parse into, one buffer to read into, one to write from. */
import type { AnswerHead } from "./answer.ts";
import type { GatewayOptions } from "./options.ts";
import type { RequestHead } from "./request.ts";
import type { BackendHealth, Recorder, RoutingTable } from "./seam.ts";
import type { Outbox } from "./socket.ts";
import type { UpstreamPool } from "./upstream.ts";
import type { Wheel } from "./wheel.ts";

export interface Shared {
  readonly options: GatewayOptions;
  readonly recorder: Recorder;
  readonly health: BackendHealth;
  readonly now: () => number;
  readonly requestId: () => string;
  readonly wheel: Wheel;
  readonly pool: UpstreamPool;
  readonly input: Buffer;
  readonly outbox: Outbox;
  readonly requestHead: RequestHead;
  readonly answerHead: AnswerHead;
  /** What the next request is routed by. */
  table: RoutingTable;
  /** Every answer from now on is its connection's last. */
  draining: boolean;
  /** Copies under way. */
  readonly copies: Set<{ abandon(): void }>;
}
