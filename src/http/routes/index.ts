/** All routes: one file a resource, one line here. */
import type { App, Wiring } from "../wiring.ts";
import { eventRoutes } from "./events.ts";
import { explainRoutes } from "./explain.ts";
import { measurementRoutes } from "./measurements.ts";
import { rolloutRoutes } from "./rollouts.ts";
import { selfRoutes } from "./self.ts";
import { signalRoutes } from "./signals.ts";

const resources: readonly ((app: App, wiring: Wiring) => void)[] = [
  selfRoutes,
  rolloutRoutes,
  signalRoutes,
  eventRoutes,
  explainRoutes,
  measurementRoutes,
];

export function addRoutes(app: App, wiring: Wiring): void {
  for (const add of resources) add(app, wiring);
}
