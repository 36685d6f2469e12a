/**
 * What the pages of the dashboard are made of, beside `wire.ts`: where everything stands at one look, what each act would
 * do, and the frames of the live stream. Anybody may ask for it; the dashboard has no way in of its own.
 *
 * | method and path                           | role | query          | answers               |
 * | ----------------------------------------- | ---- | -------------- | --------------------- |
 * | GET /v1/fleet                             | view |                | 200 Fleet             |
 * | GET /v1/rollouts/:name/overview           | view |                | 200 Overview          |
 * | GET /v1/live                              | view | rollout, after | 200 text/event-stream |
 * | GET /v1/rollouts/:name/series             | view | release, from, to, points | 200 Series |
 * | GET /v1/rollouts/:name/why/:seq           | view |                | 200 Why               |
 * | GET /v1/releases                          | view | rollout, limit | 200 ReleaseList       |
 * | GET /v1/rollouts/:name/releases/:release  | view |                | 200 ReleaseStory      |
 * | POST /v1/lint                             | view | body: a document | 200 Lint            |
 * | POST /v1/rollouts/:name/backtest          | view | body: a document | 200 Backtest        |
 * | GET /v1/rollouts/:name/notifications      | view |                | 200 Told              |
 * | GET /v1/session                           | none |                | 200 Session           |
 * | POST /v1/session                          | none | body Enter     | 200 Session, Set-Cookie |
 * | DELETE /v1/session                        | none |                | 204                   |
 * | POST /v1/shares                           | admin | body ShareRequest | 201 Share         |
 *
 * Live frames: `journal` is one EventView and carries its sequence number as `id`; `fleet` are the rows that have changed
 * (all of them first), `overview` is the rollout that was asked for, `gone` the name of one that was removed, `beat` a
 * sign of life with the server's clock. State comes whole, never as a difference: whoever reconnects has caught up.
 */
export * from "./wire-pages/fleet.ts";
export * from "./wire-pages/release.ts";
export * from "./wire-pages/live.ts";
export * from "./wire-pages/releases.ts";
export * from "./wire-pages/series.ts";
export * from "./wire-pages/why.ts";
export * from "./wire-pages/sessions.ts";
export * from "./wire-pages/lint.ts";
export * from "./wire-pages/backtest.ts";
export * from "./wire-pages/told.ts";
