/** What the host and its workers say to each other, over the channel between a process and its child. */
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { BackendReport } from "./health.ts";
import type { GatewayOptions } from "./options.ts";
import type { TickReport } from "./tick.ts";

export type ToWorker =
  /** The first, together with the socket to listen on. The worker takes the plan before it listens. */
  | {
      readonly say: "start";
      readonly options: GatewayOptions;
      readonly plan: TrafficPlan | null;
      /** Where a host is found, should this one die. */
      readonly endpoint: string;
    }
  /** Comes with the same socket once more: one more door to accept through. */
  | { readonly say: "door" }
  | { readonly say: "route"; readonly plan: TrafficPlan }
  /** Take no more connections, end what is under way, then leave. */
  | { readonly say: "drain" };

export type FromWorker =
  /** It has read its code and can be told to start. */
  | { readonly say: "loaded" }
  /** It accepts connections, and records from this tick on. */
  | { readonly say: "listening"; readonly plan: number; readonly from: number }
  /** It cannot listen: the error's code and message. */
  | { readonly say: "failed"; readonly code: string; readonly message: string }
  /** The next request is routed by this version. */
  | { readonly say: "routed"; readonly plan: number }
  | { readonly say: "tick"; readonly report: TickReport; readonly connections: number }
  | { readonly say: "health"; readonly backends: readonly BackendReport[] }
  /** The wall clock was set back, so its ticks lie in the future. It cannot go back itself: replace it. */
  | { readonly say: "ahead"; readonly ms: number }
  /** Everything is delivered; it exits. */
  | { readonly say: "drained" };
