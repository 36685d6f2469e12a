/** The cast of the demonstration: a street of small services, each with a release that goes its own way. */
import { failing, good, slower, steady } from "../../src/sim/scenarios/truths.ts";
import type { Signal } from "../../src/rollout/signals.ts";
import type { Truth } from "../../src/sim/traffic.ts";

/** Something a person does, in seconds since the beginning. */
export interface Deed {
  readonly at: number;
  readonly signal: Signal;
}

export interface Player {
  readonly name: string;
  /** The document's `spec`, as YAML. */
  readonly spec: string;
  readonly truth: Truth;
  readonly deeds?: readonly Deed[];
  /** People who come by at all. */
  readonly people?: number;
}

const arms = (port: number, stable: string, canary: string | null) =>
  [
    `  stable:`,
    `    revision: ${stable}`,
    `    backends: [http://127.0.0.1:${port}]`,
    ...(canary === null
      ? []
      : [`  canary:`, `    revision: ${canary}`, `    backends: [http://127.0.0.1:${port + 1}]`]),
  ].join("\n");

const says = (at: number, by: string, verb: Signal["verb"], more: Partial<Signal> = {}): Deed => ({
  at,
  signal: { verb, by, ...more },
});
const revision = (port: number, name: string) => ({ revision: name, backends: [`http://127.0.0.1:${port}`] });

/** Busier at noon than at night, so that charts have a shape. */
const breathing = (rate: number, truth: Truth): Truth => ({
  ...truth,
  rate: (second) => rate * (1 + 0.25 * Math.sin(second / 140) + 0.08 * Math.sin(second / 17)),
});

export const cast: readonly Player[] = [
  {
    name: "checkout",
    people: 40_000,
    spec: `${arms(9001, "v1.4.2", "v1.5.0")}
  strategy:
    canary: { weights: [5, 10, 25, 50], stage: 12m, atLeast: 3m }
  gates:
    - name: failures
      failures: { margin: { ratio: 1.25 }, limit: { ratio: 2, points: "0.5%" } }
    - name: latency
      latency: { quantile: 0.99, ratio: 1.2 }
    - name: p50
      dryRun: true
      threshold: { value: p50, max: 60, every: 30s }`,
    truth: breathing(260, steady(260)),
  },
  {
    name: "search",
    people: 60_000,
    spec: `${arms(9011, "s-2026.31", "s-2026.32")}
  strategy:
    canary: { weights: [5, 25, 50], stage: 5m, atLeast: 30s }`,
    truth: breathing(300, { ...steady(300), canary: (second) => (second < 420 ? good : failing(0.02)) }),
  },
  {
    name: "recommendations",
    spec: `${arms(9021, "r118", "r119")}
  strategy:
    canary: { weights: [5, 25, 50], stage: 5m, atLeast: 30s }`,
    truth: steady(200, good, slower(1.8)),
  },
  {
    name: "payments",
    people: 9_000,
    spec: `${arms(9031, "v41", "v42")}
  strategy:
    canary:
      steps:
        - setWeight: 5
        - analyze: { for: 5m, atLeast: 30s }
        - approve: { note: "compare the settlement report first" }
        - setWeight: 50
        - analyze: { for: 5m, atLeast: 30s }`,
    truth: steady(340),
  },
  {
    name: "invoices",
    people: 400,
    spec: `${arms(9041, "v7", "v8")}
  strategy:
    canary: { weights: [10, 50], stage: 4m, atLeast: 30s }`,
    truth: steady(1.5),
  },
  {
    name: "mail",
    spec: `${arms(9051, "3.2.0", "3.3.0")}
  strategy:
    canary: { weights: [10, 50], stage: 8m, atLeast: 20s }`,
    truth: { ...steady(420), canary: (second) => (second > 560 && second < 690 ? failing(0.3) : good) },
    deeds: [
      says(60, "jonas", "pause", { why: "waiting for the legal text" }),
      says(180, "jonas", "resume"),
      says(560, "mira", "start", { canary: revision(9053, "3.4.0-rc1") }),
      says(700, "mira", "start", { canary: revision(9054, "3.4.0") }),
      says(1500, "lea", "undo", { why: "support sees bounced attachments" }),
    ],
  },
  {
    name: "images",
    spec: `${arms(9061, "v12", "v13")}
  strategy:
    blueGreen: { mirror: 20, check: 3m, approve: true, bake: 1m }`,
    truth: steady(420),
    deeds: [says(330, "lea", "approve", { why: "sizes look right" })],
  },
  {
    name: "catalogue",
    spec: `${arms(9071, "c-550", "c-551")}
  strategy:
    shadow: { share: 20, for: 40m }`,
    truth: steady(140),
  },
  { name: "profile", spec: arms(9081, "v30", null), truth: steady(20) },
];

/** One of many, for a fleet that fills a list: most of them only serve. */
export function extra(index: number): Player {
  const name = `service-${String(index).padStart(3, "0")}`;
  const releases = index % 25 === 0;
  return {
    name,
    spec: arms(10_000 + index * 2, `v${index % 9}`, releases ? `v${(index % 9) + 1}` : null),
    truth: steady(4),
  };
}
