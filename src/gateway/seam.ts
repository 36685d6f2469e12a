/**
 * The seam inside the gateway: what the data path (`proxy.ts`) asks of routing, recording and health, and nothing more.
 * Everything here is called once or twice per request, so nothing here needs an allocation, a promise or a closure.
 */

export type ArmName = "stable" | "canary";

/** What routing may ask of a request head. One object serves every request: it is valid only during `route()`. */
export interface HeadView {
  readonly method: string;
  /** Raw, without the query; of an absolute-form target only the path. */
  readonly path: string;
  /** Raw, without the question mark; "" when there is none. */
  readonly query: string;
  /** A header's value by its lower-case name; repeated ones joined by ", " (cookies by "; "); null when absent. */
  header(lowerName: string): string | null;
  /** The first cookie of that (case-sensitive) name, raw; null when absent. */
  cookie(name: string): string | null;
  /** The client's address: the peer, or what believed proxies in front say (see `trustForwarded`). */
  readonly remoteAddress: string;
}

/** One address an arm answers at. The table makes each once and keeps it: the data path holds on to the object. */
export interface Backend {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** host:port, the key of idle connections and of health. */
  readonly key: string;
}

/** Where a request goes. The table may fill in and return the same object again and again: copy what must be kept. */
export interface Route {
  readonly arm: ArmName;
  /** A person's match sent it here: recorded apart, no evidence. */
  readonly forced: boolean;
  /** The unit's 64-bit hash as two uint32; 0/0 when there is no unit. */
  readonly unitHi: number;
  readonly unitLo: number;
  /** A whole Set-Cookie value to add to the response, or null. */
  readonly setCookie: string | null;
  /** Whether a copy goes to the canary. */
  readonly mirrorTo: "canary" | null;
  /** Version of the plan that decided. */
  readonly plan: number;
}

/** The immutable routing value, swapped whole. A request keeps the one it started with, fallback included. */
export interface RoutingTable {
  readonly plan: number;
  route(head: HeadView): Route;
  /** The arm's next healthy backend, round robin; null when it has none. */
  pick(arm: ArmName): Backend | null;
}

/** Why there was no usable answer: no connection; an answer cut short or malformed; none in time. */
export type Failure = "connect" | "reset" | "timeout";

/**
 * Traffic that is recorded apart. Only `assigned` is evidence about live traffic. A request that is copied begins
 * twice for stable: as what it is (`assigned`), and as `mirrored`, to be compared with its copy, which begins as
 * `mirrored` for the canary. So copies are compared with exactly the requests they are copies of.
 */
export type TrafficKind = "assigned" | "forced" | "mirrored";

/** A request under way, as the recorder knows it: a slot number, opaque to the data path. Used up by end or abandon. */
export type Flight = number;

/**
 * What the data path tells of each first attempt. Times are epoch milliseconds with fractions and never go back.
 * Exactly one of end and abandon follows each begin.
 */
export interface Recorder {
  begin(arm: ArmName, kind: TrafficKind, unitHi: number, unitLo: number, plan: number, nowMs: number): Flight;
  /**
   * The answer is over, whole or not. `status` is 0 when there was none; `failure` may come with a status (an answer
   * cut short after its head).
   */
  end(flight: Flight, status: number, failure: Failure | null, nowMs: number): void;
  /** The client went away before an answer was complete: neither good nor bad. */
  abandon(flight: Flight, nowMs: number): void;
}

/** Passive health: what the data path sees of backends. `pick` asks the same object who is up. */
export interface BackendHealth {
  up(backendKey: string): boolean;
  failed(backendKey: string, nowMs: number): void;
  succeeded(backendKey: string): void;
}
