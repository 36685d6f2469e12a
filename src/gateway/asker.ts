/** The client's connection, as an exchange needs it. */
import type { Peer } from "./forward.ts";
import type { Upstream } from "./upstream.ts";

export interface Asker extends Peer {
  /** When its patience with the client ends; Infinity while it is the backend's turn. */
  deadline: number;
  /** Writes what was composed in the outbox; true when the kernel took everything, else `clientFlushed` follows. */
  send(end: number): boolean;
  pause(): void;
  resume(): void;
  /** The exchange is over. */
  answered(closes: boolean): void;
  /** The answer cannot be completed. `framed` says that the client sees by its framing that something is missing. */
  cut(framed: boolean): void;
  /** The protocol was switched: from now on bytes pass both ways. */
  tunnel(upstream: Upstream): void;
}
