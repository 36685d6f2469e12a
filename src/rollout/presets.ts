/**
 * Gates that are set up already, one word each: `gates: [{ preset: errors }, { preset: conversion }]`. A preset is what
 * people would write themselves; `serin gates -o yaml` prints it, to be changed.
 */

export const tiers = ["infrastructure", "application", "business"] as const;

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
    about: "2 of 100 people fewer who visit place an order within ten minutes",
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
    about: "30 of 100 people fewer who come go on to a second page within ten minutes",
    needs: "events named session and second-page, each with the person as its unit: POST /v1/events or OTLP",
    source: { events: { conversion: { of: "session", to: "second-page", within: "10m" } } },
    gate: { failures: { margin: { points: 0.3 }, limit: { points: 0.4 } } },
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
export const presetOf = (name: PresetName): Preset => presets[name];
