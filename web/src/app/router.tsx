/** Which address is which page. Pages that are opened seldom are fetched when they are. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseFleetSearch } from "../fleet/filter.ts";
import { FleetPage } from "../fleet/page.tsx";
import { ReleasePage } from "../release/page.tsx";
import { RolloutLayout } from "../release/layout.tsx";
import { NotFound } from "./not-found.tsx";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const rollout = createRoute({ getParentRoute: () => root, path: "/rollouts/$name", component: RolloutLayout });

const children = [
  createRoute({ getParentRoute: () => root, path: "/", component: FleetPage, validateSearch: parseFleetSearch }),
  createRoute({
    getParentRoute: () => root,
    path: "/history",
    component: lazyRouteComponent(() => import("../history/page.tsx"), "FleetHistory"),
  }),
  rollout.addChildren([
    createRoute({ getParentRoute: () => rollout, path: "/", component: ReleasePage }),
    createRoute({
      getParentRoute: () => rollout,
      path: "/why",
      component: lazyRouteComponent(() => import("../why/list.tsx"), "WhyList"),
    }),
    createRoute({
      getParentRoute: () => rollout,
      path: "/why/$seq",
      component: lazyRouteComponent(() => import("../why/page.tsx"), "WhyPage"),
    }),
    createRoute({
      getParentRoute: () => rollout,
      path: "/history",
      component: lazyRouteComponent(() => import("../history/page.tsx"), "RolloutHistory"),
    }),
    createRoute({
      getParentRoute: () => rollout,
      path: "/releases/$release",
      component: lazyRouteComponent(() => import("../history/story.tsx"), "StoryPage"),
    }),
  ]),
];

export const router = createRouter({
  routeTree: root.addChildren(children),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
