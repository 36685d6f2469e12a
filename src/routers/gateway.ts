/** The embedded gateway as a Router: a plan is live when every worker routes by it. */
import type { Router } from "../engine/ports.ts";
import type { GatewayClient } from "../gateway/open.ts";

export function gatewayRouter(gateway: Pick<GatewayClient, "apply" | "read">): Router {
  return {
    apply: (plan) => gateway.apply(plan),
    read: () => gateway.read(),
  };
}
