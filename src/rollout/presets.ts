/**
 * Gates that are set up already, one word each: `gates: [{ preset: errors }, { preset: conversion }]`. A preset is what
 * people would write themselves; `serin gates -o yaml` prints it, to be changed.
 */

export const tiers = ["infrastructure", "application", "business", "model"] as const;

export interface Preset {
  readonly tier: (typeof tiers)[number];
  /** What it watches for, as a sentence. */
  readonly about: string;
  /** What must be there for it. */
  readonly needs: string;
  /** Without a source the gateway's; null: the gate must say one. */
  readonly source?: Readonly<Record<string, unknown>> | null;
  /** As written in a gate: exactly one kind. */
  readonly gate: Readonly<
    Partial<Record<"failures" | "latency" | "mean" | "threshold", Readonly<Record<string, unknown>>>>
  >;
}

const reported = (name: string, what: string) =>
  `events named ${name}, value 1 or 0, of ${what}: POST /v1/events or OTLP`;

const amounts = (name: string, what: string) => `events named ${name}, value ${what}: POST /v1/events or OTLP`;

/** Scores from 0 to 1, where lower is worse by so much. */
const scores = (amount: number, more: object = {}) => ({
  mean: { cap: 1, worse: "lower", margin: { amount }, limit: { amount: 2 * amount }, ...more },
});

export const presets = {
  errors: {
    tier: "infrastructure",
    about: "requests fail more than 1.25 times as often on the canary",
    needs: "nothing: the gateway counts them",
    gate: { failures: {} },
  },
  latency: {
    tier: "infrastructure",
    about: "answers take more than 1.2 times as long, at the median, at p99 or between",
    needs: "nothing: the gateway times them",
    gate: { latency: {} },
  },
  restarts: {
    tier: "infrastructure",
    about: "instances of the canary restart",
    needs: "a source whose value is how often they did in the last minute",
    source: null,
    gate: { threshold: { max: 0, every: "1m", failures: 1 } },
  },
  database: {
    tier: "application",
    about: "queries fail more than 1.5 times as often",
    needs: reported("database", "each query or so many"),
    source: { events: { outcome: { name: "database" } } },
    gate: { failures: { margin: { ratio: 1.5 } } },
  },
  calls: {
    tier: "application",
    about: "calls to other services fail more than 1.5 times as often",
    needs: reported("call", "each call or so many"),
    source: { events: { outcome: { name: "call" } } },
    gate: { failures: { margin: { ratio: 1.5 } } },
  },
  cache: {
    tier: "application",
    about: "look-ups miss the cache by more than 5 points more often",
    needs: reported("cache", "each look-up or so many, 1 for a hit"),
    source: { events: { outcome: { name: "cache" } } },
    gate: { failures: { margin: { points: 0.05 }, limit: { points: 0.1 } } },
  },
  conversion: {
    tier: "business",
    about: "of those who visit, 2 % fewer than on stable place an order within ten minutes (2.94 % instead of 3 %)",
    needs: "events named visit and order, each with the person as its unit: POST /v1/events or OTLP",
    source: { events: { perUnit: { of: "visit", sum: "order", within: "10m" } } },
    // who orders twice has ordered; a share of people is a mean of 0 and 1
    gate: { mean: { cap: 1, worse: "lower", margin: { ratio: 0.98 }, limit: { ratio: 0.96 } } },
  },
  "conversion-points": {
    tier: "business",
    about: "2 of 100 visitors fewer than on stable place an order within ten minutes (1 % instead of 3 %)",
    needs: "events named visit and order, each with the person as its unit: POST /v1/events or OTLP",
    source: { events: { conversion: { of: "visit", to: "order", within: "10m" } } },
    gate: { failures: { margin: { points: 0.02 }, limit: { points: 0.04 } } },
  },
  delivery: {
    tier: "business",
    about: "less than 98.5 % of what is sent arrives, in three minutes of the release",
    needs: reported("delivery", "each thing sent"),
    source: { events: { outcome: { name: "delivery" } } },
    gate: { threshold: { value: "successRate", min: 0.985, every: "1m", failures: 3 } },
  },
  sessions: {
    tier: "business",
    about: "people see 30 % fewer pages in ten minutes of a session",
    needs: "events named session and page, each with the person as its unit: POST /v1/events or OTLP",
    source: { events: { perUnit: { of: "session", sum: "page", within: "10m" } } },
    gate: { mean: { cap: 50, worse: "lower", margin: { ratio: 0.7 }, limit: { ratio: 0.5 }, unit: "pages" } },
  },
  tokens: {
    tier: "model",
    about: "a reply takes 15 % more tokens on average; above 32,000 all count alike",
    needs: amounts("tokens", "how many a reply took, in and out"),
    source: { events: { mean: "tokens" } },
    gate: { mean: { cap: 32_000, margin: { ratio: 1.15 }, limit: { ratio: 1.3 }, unit: "tokens" } },
  },
  cost: {
    tier: "model",
    about: "a reply costs 15 % more on average; above 1 all cost alike",
    needs: amounts("cost", "what a reply cost, in whatever unit makes 1 a lot"),
    source: { events: { mean: "cost" } },
    gate: { mean: { cap: 1, margin: { ratio: 1.15 }, limit: { ratio: 1.3 } } },
  },
  quality: {
    tier: "model",
    about: "scores of replies are 0.02 lower on average, on a scale from 0 to 1",
    needs: amounts("quality", "a judge's score of a reply, from 0 to 1"),
    source: { events: { mean: "quality" } },
    gate: scores(0.02),
  },
  "quality-pairs": {
    tier: "model",
    about: "the same prompts score 0.02 lower on average, on a scale from 0 to 1",
    needs: `${amounts("quality", "a score from 0 to 1")}, of both versions, with the same pair for the same prompt: copies have their original's X-Request-Id`,
    source: { events: { mean: "quality" } },
    gate: scores(0.02, { pairs: true }),
  },
  groundedness: {
    tier: "model",
    about: "the share of what replies claim that their sources support is 3 points lower",
    needs: amounts("groundedness", "that share of a reply, from 0 to 1"),
    source: { events: { mean: "groundedness" } },
    gate: scores(0.03),
  },
  retrieval: {
    tier: "model",
    about: "what is retrieved scores 0.02 lower on average (only where both versions embed alike)",
    needs: amounts("retrieval", "the score of what a query found, from 0 to 1"),
    source: { events: { mean: "retrieval" } },
    gate: scores(0.02),
  },
  refusals: {
    tier: "model",
    about: "2 of 100 requests more are refused",
    needs: reported("refusal", "each reply or so many, 1 for a refusal"),
    source: { events: { outcome: { name: "refusal", bad: 1 } } },
    gate: { failures: { margin: { points: 0.02 }, limit: { points: 0.04 } } },
  },
  corrections: {
    tier: "model",
    about: "2 of 100 conversations more are corrected within half an hour",
    needs: "events named reply and correction, each with the conversation as its unit: POST /v1/events or OTLP",
    source: { events: { perUnit: { of: "reply", sum: "correction", within: "30m" } } },
    // silence counts as no correction
    gate: { mean: { cap: 1, margin: { amount: 0.02 }, limit: { amount: 0.04 } } },
  },
  finish: {
    tier: "model",
    about: "1 of 100 replies more is cut short, filtered or broken off",
    needs: reported("finish", "each reply or so many, 1 for one that came to its end"),
    source: { events: { outcome: { name: "finish" } } },
    gate: { failures: { margin: { points: 0.01 }, limit: { points: 0.02 } } },
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
export const presetOf = (name: PresetName): Preset => presets[name];
