/** Which address is which page. Pages that are opened seldom are fetched when they are. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent as lazy } from "@tanstack/react-router";
import { parseFleetSearch } from "../fleet/filter.ts";
import { FleetPage } from "../fleet/page.tsx";
import { RolloutLayout } from "../release/layout.tsx";
import { ReleasePage } from "../release/page.tsx";
import { SharePage } from "./enter.tsx";
import { NotFound } from "./not-found.tsx";
import { Shell } from "./shell.tsx";

/** One word in the address: what a page begins with. */
const word =
  <K extends string>(key: K) =>
  (raw: Record<string, unknown>): { readonly [Key in K]?: string } =>
    typeof raw[key] === "string" ? ({ [key]: raw[key] } as { readonly [Key in K]?: string }) : {};

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const top = { getParentRoute: () => root };
const rollout = createRoute({ ...top, path: "/rollouts/$name", component: RolloutLayout });
const within = { getParentRoute: () => rollout };

const fleet = createRoute({ ...top, path: "/", component: FleetPage, validateSearch: parseFleetSearch });
const history = createRoute({
  ...top,
  path: "/history",
  component: lazy(() => import("../history/page.tsx"), "FleetHistory"),
});
const fresh = createRoute({
  ...top,
  path: "/new",
  component: lazy(() => import("../new/page.tsx"), "NewPage"),
  validateSearch: word("from"),
});
const plan = createRoute({
  ...top,
  path: "/plan",
  component: lazy(() => import("../plan/page.tsx"), "PlanPage"),
  validateSearch: word("name"),
});
const settings = createRoute({
  ...top,
  path: "/settings",
  component: lazy(() => import("../settings/page.tsx"), "SettingsPage"),
});
const share = createRoute({ ...top, path: "/share", component: SharePage });

const one = [
  createRoute({ ...within, path: "/workshop", component: lazy(() => import("../workshop/page.tsx"), "WorkshopPage") }),
  createRoute({ ...within, path: "/", component: ReleasePage }),
  createRoute({ ...within, path: "/why", component: lazy(() => import("../why/list.tsx"), "WhyList") }),
  createRoute({ ...within, path: "/why/$seq", component: lazy(() => import("../why/page.tsx"), "WhyPage") }),
  createRoute({ ...within, path: "/exposure", component: lazy(() => import("../exposure/page.tsx"), "ExposurePage") }),
  createRoute({ ...within, path: "/history", component: lazy(() => import("../history/page.tsx"), "RolloutHistory") }),
  createRoute({ ...within, path: "/document", component: lazy(() => import("../document/page.tsx"), "DocumentPage") }),
  createRoute({
    ...within,
    path: "/releases/$release",
    component: lazy(() => import("../history/story.tsx"), "StoryPage"),
  }),
] as const;

const routeTree = root.addChildren([fleet, history, fresh, plan, settings, share, rollout.addChildren([...one])]);

export const router = createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
