/** All routes: one file a resource, one line here. */
import type { App, Wiring } from "../wiring.ts";
import { applicationRoutes } from "./applications.ts";
import { actRoutes } from "./act.ts";
import { backtestRoutes } from "./backtest.ts";
import { dashboardRoutes } from "./dashboard.ts";
import { eventRoutes } from "./events.ts";
import { exposureRoutes } from "./exposure.ts";
import { explainRoutes } from "./explain.ts";
import { gateRoutes } from "./gates.ts";
import { judgeRoutes } from "./judge.ts";
import { lintRoutes } from "./lint.ts";
import { measurementRoutes } from "./measurements.ts";
import { messageRoutes } from "./messages.ts";
import { pageRoutes } from "./pages.ts";
import { recordRoutes } from "./record.ts";
import { releaseRoutes } from "./releases.ts";
import { rolloutRoutes } from "./rollouts.ts";
import { selfRoutes } from "./self.ts";
import { seriesRoutes } from "./series.ts";
import { sessionRoutes } from "./sessions.ts";
import { signalRoutes } from "./signals.ts";
import { studyRoutes } from "./study.ts";
import { toldRoutes } from "./told.ts";
import { whyRoutes } from "./why.ts";

const resources: readonly ((app: App, wiring: Wiring) => void)[] = [
  selfRoutes,
  rolloutRoutes,
  signalRoutes,
  actRoutes,
  messageRoutes,
  eventRoutes,
  applicationRoutes,
  explainRoutes,
  measurementRoutes,
  sessionRoutes,
  pageRoutes,
  releaseRoutes,
  seriesRoutes,
  lintRoutes,
  backtestRoutes,
  toldRoutes,
  recordRoutes,
  exposureRoutes,
  whyRoutes,
  studyRoutes,
  judgeRoutes,
  gateRoutes,
  dashboardRoutes,
];

export function addRoutes(app: App, wiring: Wiring): void {
  for (const add of resources) add(app, wiring);
}
