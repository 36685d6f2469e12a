/** The data path of one worker: listens, and takes every request through the routing table to a backend and back. */
import { SerinError } from "../errors.ts";
import type { GatewayOptions } from "./options.ts";
import type { BackendHealth, Recorder, RoutingTable } from "./seam.ts";

export interface ProxyParts {
  readonly options: GatewayOptions;
  readonly recorder: Recorder;
  readonly health: BackendHealth;
  /** The first one. */
  readonly table: RoutingTable;
  /** Epoch milliseconds with fractions, never going back. */
  readonly now: () => number;
  readonly requestId: () => string;
}

export interface Proxy {
  /** The next request is routed by it. */
  route(table: RoutingTable): void;
  /**
   * Listens on the bound socket that the host holds for all workers (`server.listen(handle)`), or where the options say
   * when there is none; resolves with the port. Rejects ADDRESS_IN_USE.
   */
  listen(handle?: object): Promise<number>;
  /** Stops accepting, lets requests under way end within `timeouts.drain`, then closes. */
  drain(): Promise<void>;
  /** Client connections that are open. */
  readonly connections: number;
}

export function createProxy(_parts: ProxyParts): Proxy {
  throw new SerinError("INTERNAL", "the data path is not in this tree yet");
}
