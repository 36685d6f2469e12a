/** Answers of the API, as its schemas have them, and a `fetch` that gives them: for text that must be exact. */
import { liveOf } from "../live.ts";
import type { ExposureLedger, ReleaseExposure } from "../../src/http/wire-exposure.ts";
import type { EventView, Explanation, GateView, RolloutSummary, RolloutView, StripView } from "../../src/http/wire.ts";

/** Tuesday afternoon. */
export const NOW = Date.UTC(2026, 2, 3, 14, 30, 0);
const MINUTE = 60_000;

const stable = { revision: "v1", backends: ["http://127.0.0.1:9001"] };
const canary = { revision: "v2", backends: ["http://127.0.0.1:9002"] };

export const failuresGate: GateView = {
  gate: "failures",
  kind: "failures",
  dryRun: false,
  verdict: "inconclusive",
  reason: "no harm seen; evidence for safety 12 of 100 needed",
  logHarm: Math.log(2.5),
  logSafe: Math.log(12.5),
  harmAt: Math.log(200),
  safeAt: Math.log(100),
  numbers: { canaryN: 500, canaryBad: 3, stableN: 9500, stableBad: 4, ratio: 14.25 },
  measuredTo: NOW,
};

export const latencyGate: GateView = {
  ...failuresGate,
  gate: "latency",
  kind: "latency",
  dryRun: true,
  verdict: "pass",
  reason: "shown to be slow requests less than 2 times stable's share",
  logHarm: -1,
  logSafe: Math.log(140),
  numbers: { stageCanaryN: 500, stageCanaryBad: 2, stageStableN: 9500, stageStableBad: 95 },
};

export const errorGate: GateView = {
  ...failuresGate,
  gate: "p99-of-checkout",
  kind: "threshold",
  verdict: "error",
  reason: "could not measure: the gateway does not answer",
  logHarm: 0,
  logSafe: 0,
  numbers: {},
};

/** 19 slices of stable, of which so many have crossed. */
export function stripOf(crossed: number): StripView {
  const slices = Array.from({ length: 19 }, (_, i) => {
    const over = i < crossed;
    return { n: 500, bad: over ? 30 : 2, logHarm: over ? Math.log(55) : 0.1, crossed: over };
  });
  const tally = `${crossed} of 19 slices of stable look harmful against the rest, 0.95 expected at most`;
  const firm = crossed < 3;
  return {
    gate: "failures",
    counting: "units",
    ground: firm ? "valid" : "void",
    crossed,
    expected: 0.95,
    phi: firm ? 1 : 4.2,
    phiUpper: firm ? 1.6 : 8,
    sentence: `${firm ? "units are independent as far as can be seen" : "units hang together, the promised rates do not hold"}: ${tally}`,
    slices,
  };
}

/** A release on its way: second of four steps, 5 %. */
export function viewOf(more: Partial<RolloutView> = {}): RolloutView {
  const view: RolloutView = {
    name: "shop",
    phase: "progressing",
    outcome: null,
    release: 2,
    stable: "v1",
    canary: "v2",
    step: 1,
    steps: 4,
    weight: 500,
    liveWeight: 497.5,
    pausedBy: null,
    reason: "",
    sentence:
      "Release 2 of v2 over v1, step 2 of 4: 5 % of traffic meets the canary. Evidence of harm 2.5 of the 100 that take it back.",
    startedAt: NOW - 4 * MINUTE,
    endedAt: null,
    version: 40,
    document: "kind: Rollout\n",
    stableArm: stable,
    canaryArm: canary,
    previousArm: null,
    plan: {
      version: 7,
      rollout: "shop",
      salt: "s.2",
      canaryWeight: 500,
      mirrorWeight: 0,
      unit: { visitor: { cookie: "serin", maxAgeSeconds: 86_400, secure: false } },
      matches: [],
      stable,
      canary,
    },
    live: liveOf(
      { requests: 9500, failures: 4, units: 900, unitsFailed: 3, sessions: 1020 },
      { requests: 500, failures: 3, units: 48, unitsFailed: 2, sessions: 55 },
      { at: NOW, plan: 7 },
    ),
    stepList: [
      { index: 0, kind: "setWeight", options: { weight: 500 }, label: "setWeight 5 %", state: "done" },
      { index: 1, kind: "analyze", options: { forMs: 10 * MINUTE }, label: "analyze 10m", state: "current" },
      { index: 2, kind: "approve", options: { note: "QA" }, label: "approve (QA)", state: "next" },
      { index: 3, kind: "setWeight", options: { weight: 5000 }, label: "setWeight 50 %", state: "next" },
    ],
    gates: [failuresGate, latencyGate, errorGate],
    watch: null,
    strips: [stripOf(1)],
    logHarm: Math.log(2.5),
    harmAt: Math.log(100),
    enteredAt: NOW - 4 * MINUTE,
    liveAt: NOW - 4 * MINUTE + 500,
    wakeAt: NOW + 500,
    signals: [],
  };
  return { ...view, ...more };
}

export const pausedView = (by: RolloutView["pausedBy"] = "person"): RolloutView =>
  viewOf({ phase: "paused", pausedBy: by, sentence: "Release 2 of v2 is paused at 5 %: an incident elsewhere." });

/** Waiting for a person at its third step. */
export function approvalView(): RolloutView {
  const view = viewOf();
  const stepList = view.stepList.map((step, i) => ({
    ...step,
    state: (["done", "done", "current", "next"] as const)[i],
  }));
  return { ...pausedView("step"), step: 2, stepList, sentence: "Release 2 of v2 is paused at 5 %: QA." };
}

const skipped = viewOf().stepList.map((step, i) => ({
  ...step,
  state: i === 0 ? ("done" as const) : ("skipped" as const),
}));
const harmful: GateView = {
  ...failuresGate,
  verdict: "fail",
  reason: "canary failed 30 of 500 visits, stable 4 of 9,500: beyond the margin of 1.25 times",
  logHarm: Math.log(5000),
};

export function endedView(outcome: NonNullable<RolloutView["outcome"]>): RolloutView {
  const promoted = outcome === "promoted";
  return viewOf({
    phase: promoted ? "promoted" : "aborted",
    outcome,
    stable: promoted ? "v2" : "v1",
    previousArm: promoted ? stable : null,
    stableArm: promoted ? canary : stable,
    step: promoted ? 4 : 1,
    weight: 0,
    liveWeight: 0,
    stepList: promoted ? viewOf().stepList.map((step) => ({ ...step, state: "done" })) : skipped,
    gates: outcome === "rolledBack" ? [harmful, latencyGate] : viewOf().gates,
    logHarm: outcome === "rolledBack" ? Math.log(2500) : 0,
    endedAt: NOW - MINUTE,
    sentence: promoted
      ? "v2 was promoted and serves everybody: every step is done, passed by failures, latency."
      : `v2 ended as ${outcome}. v1 serves everybody.`,
  });
}

/** Promoted a minute ago, and watched for half an hour. */
export const watchedView = (more: Partial<NonNullable<RolloutView["watch"]>> = {}): RolloutView => ({
  ...endedView("promoted"),
  weight: 10_000,
  liveWeight: 10_000,
  sentence: "v2 was promoted. v2 serves everybody. It is watched, v1 is kept warm.",
  watch: {
    before: "v1",
    from: NOW - MINUTE,
    forMs: 30 * MINUTE,
    holdback: 0,
    logHarm: Math.log(40),
    harmAt: Math.log(259_201),
    unready: null,
    promise: "While v2 fails no more than twice as often, it is taken back at most once in 30d watched, on average.",
    gates: [
      {
        gate: "failures",
        logHarm: Math.log(40),
        measured: true,
        reason: "12 of 30,000 requests failed, 0.04 %; up to 0.2 % is tolerated",
        numbers: { requests: 30_000, failures: 12 },
      },
    ],
    ...more,
  },
});

export const idleView = (): RolloutView =>
  viewOf({
    name: "quiet",
    phase: "idle",
    release: 0,
    canary: null,
    canaryArm: null,
    step: 0,
    steps: 0,
    weight: 0,
    liveWeight: null,
    live: null,
    strips: [],
    stepList: [],
    startedAt: null,
    sentence: "v1 serves everybody; nothing has been released yet.",
    logHarm: 0,
  });

export function summaryOf(view: RolloutView): RolloutSummary {
  const { name, phase, outcome, release, stable: serving, canary: released, step, steps, weight, liveWeight } = view;
  const { pausedBy, reason, sentence, startedAt, endedAt } = view;
  const first = { name, phase, outcome, release, stable: serving, canary: released, step, steps, weight, liveWeight };
  return { ...first, pausedBy, reason, sentence, startedAt, endedAt };
}

export function eventOf(seq: number, sentence: string, more: Partial<EventView> = {}): EventView {
  const at = NOW - 5 * MINUTE + seq * 1000;
  const event = { type: "resumed", at, release: 2, by: "anna" } as const;
  return { seq, rollout: "shop", at, release: 2, type: "resumed", severity: "info", sentence, event, ...more };
}

export const events: readonly EventView[] = [
  eventOf(11, "Release 2 of v2 over v1 started by anna, 4 steps."),
  eventOf(14, "Step 1 of 4, setWeight: 5 % of traffic to the canary."),
  eventOf(15, "Paused by bob: an incident elsewhere.", { severity: "attention" }),
];

export const explanationOf = (view: RolloutView): Explanation => ({
  name: view.name,
  release: view.release,
  phase: view.phase,
  outcome: view.outcome,
  sentence: view.sentence,
  promise: "A release that is not worse than the margins is rolled back with probability 1 % at most.",
  next: "It goes on when every gate shows safety.",
  logHarm: view.logHarm,
  harmAt: view.harmAt,
  gates: view.gates.map((gate) => ({
    ...gate,
    sentence: `${gate.gate} says ${gate.verdict ?? "nothing yet"}: ${gate.reason}.`,
  })),
  hooks: [
    {
      hook: "smoke",
      on: "preRollout",
      said: "no",
      askedAt: NOW - MINUTE,
      no: 2,
      sentence: "smoke (preRollout) said no 2 times, the last time: it ended with 1: 2 of 40 tests failed.",
      output: ["checkout: ok", "login: timed out", "2 of 40 tests failed"],
    },
  ],
  strips: [stripOf(1)],
  watch: null,
  history: [...events],
});

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

export const refused = (status: number, code: string, message: string, details?: object) =>
  json(status, { error: { code, message, retry: false, ...(details === undefined ? {} : { details }) } });

/** What was asked, in short: "GET /v1/rollouts". */
export interface Asked {
  readonly line: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers the routes from these rollouts; `also` may answer anything before that. */
/** Of two releases, the second one under way. `release` 0: both. */
function exposureOf(rollout: string, release: number): ExposureLedger {
  const met = { requests: 500, failures: 3, units: 48, unitsFailed: 2, sessions: 55, forced: 1 };
  const second: ReleaseExposure = {
    release: 2,
    outcome: null,
    startedAt: NOW - 4 * MINUTE,
    endedAt: null,
    countedFrom: NOW - 4 * MINUTE,
    countedTo: NOW,
    exact: true,
    stable: { revision: "v1", requests: 9500, failures: 4, units: 900, unitsFailed: 3, sessions: 1020, forced: 0 },
    canary: { revision: "v2", ...met },
    extra: { gate: "failures", about: "people that met a failure", best: 1.84, low: -0.1, high: 12.2 },
    moves: { cameOver: 31, movedBack: 0, fellBack: 2, forced: 1, flipped: 0 },
  };
  const nobody = { units: null, unitsFailed: null, sessions: null, forced: null };
  const first: ReleaseExposure = {
    ...second,
    release: 1,
    outcome: "rolledBack",
    endedAt: NOW - 60 * MINUTE,
    startedAt: NOW - 64 * MINUTE,
    exact: false,
    stable: { ...second.stable, ...nobody },
    canary: { revision: "v1.9", ...met, ...nobody },
    extra: null,
    moves: null,
  };
  const all = rollout === "shop" ? [second, first] : [];
  return { rollout, releases: all.filter((one) => release === 0 || one.release === release) };
}

export function api(
  views: readonly RolloutView[],
  also: (asked: Asked) => Response | null = () => null,
): { readonly fetch: typeof fetch; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const answer: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === "string" ? init.body : "";
    const one = {
      line: `${init?.method ?? "GET"} ${url.pathname}${url.search}`,
      headers: new Headers(init?.headers),
      body,
    };
    asked.push(one);
    init?.signal?.throwIfAborted();
    return also(one) ?? routed(url, one, views, init?.signal ?? null);
  };
  return { fetch: answer, asked };
}

function routed(url: URL, { line }: Asked, views: readonly RolloutView[], signal: AbortSignal | null): Response {
  const [, , , name = "", part = ""] = url.pathname.split("/");
  if (url.pathname === "/v1/rollouts") return json(200, { rollouts: views.map(summaryOf) });
  if (url.pathname === "/v1/version")
    return json(200, { serin: "9.9.9", node: "24.0.0", startedAt: NOW - 3 * 3_600_000, now: NOW });
  if (url.pathname === "/v1/events") return stream(signal);
  const view = views.find((one) => one.name === name);
  if (view === undefined) return refused(404, "NOT_FOUND", `there is no rollout named ${name}`);
  if (line.startsWith("DELETE")) return new Response(null, { status: 204 });
  if (part === "") return json(200, view);
  if (part === "explain") return json(200, explanationOf(view));
  if (part === "exposure") return json(200, exposureOf(name, Number(url.searchParams.get("release") ?? 0)));
  const after = Number(url.searchParams.get("after"));
  const page = name === "shop" ? events.filter(({ seq }) => seq > after) : [];
  return json(200, { events: page, next: page.at(-1)?.seq ?? after });
}

/** A stream that says where it begins, and then nothing. */
function stream(signal: AbortSignal | null): Response {
  const body = new ReadableStream<Uint8Array>({
    start(out) {
      out.enqueue(new TextEncoder().encode("id: 15\n\n"));
      signal?.addEventListener("abort", () => out.error(signal.reason), { once: true });
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
