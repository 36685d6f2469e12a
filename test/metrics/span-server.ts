/** What sources of numbers are asked in their tests: a second at a time of traffic that is known, from a server of theirs. */
import type { Window } from "../../src/analysis/measurement.ts";
import type { Arm, Counts } from "../../src/analysis/measurement.ts";
import { createSource, sourceSchema } from "../../src/metrics/index.ts";
import { Receiver, type Arrived } from "../contract/receiver.ts";
import type { MetricSourceUnderTest, OpenMetricSource } from "../contract/metric-source.ts";
import { sourceDeps } from "./deps.ts";
import { splitSince } from "./traffic.ts";

export const MINUTE = 60_000;
/** Four minutes, round ones. */
export const WINDOW: Window = { from: 1_700_000_040_000, to: 1_700_000_280_000 };

/** By minute. */
const traffic: readonly Readonly<Record<Arm, Counts>>[] = [
  { stable: { n: 90, bad: 1 }, canary: { n: 10, bad: 0 } },
  { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } },
  { stable: { n: 180, bad: 0 }, canary: { n: 21, bad: 4 } },
  { stable: { n: 95, bad: 2 }, canary: { n: 9, bad: 1 } },
];

/** What a server is asked for, as it understands the question. */
export interface Understood {
  readonly arm: Arm;
  readonly of: "total" | "bad";
  readonly window: Window;
}

/** How much there was in the span; null where nothing was ever written. */
export function countedIn({ arm, of, window }: Understood): number | null {
  let [sum, any] = [0, false];
  traffic.forEach((minute, i) => {
    const at = WINDOW.from + i * MINUTE;
    if (at < window.from || at >= window.to || minute[arm].n === 0) return;
    any = true;
    sum += of === "total" ? minute[arm].n : minute[arm].bad;
  });
  return any ? sum : null;
}

const totals = (arm: Arm): Counts => ({
  n: traffic.reduce((sum, minute) => sum + minute[arm].n, 0),
  bad: traffic.reduce((sum, minute) => sum + minute[arm].bad, 0),
});

/** The contract's subject: a receiver that answers as the service does. */
export function spanSource(
  settings: (address: string) => Readonly<Record<string, unknown>>,
  answer: (arrived: Arrived) => string,
  env: Readonly<Record<string, string>> = {},
  contentType = "application/json",
): MetricSourceUnderTest {
  const split = splitSince(0);
  return {
    async open(): Promise<OpenMetricSource> {
      const receiver = await Receiver.open();
      receiver.answer = (response, arrived) =>
        void response.writeHead(200, { "content-type": contentType }).end(answer(arrived));
      return {
        source: createSource(sourceSchema.parse(settings(receiver.url(""))), sourceDeps(env)),
        window: WINDOW,
        stable: totals("stable"),
        canary: totals("canary"),
        cuts: [WINDOW.from + MINUTE, WINDOW.from + 3 * MINUTE],
        break: () => receiver[Symbol.asyncDispose](),
        close: () => Promise.resolve(),
      };
    },
    counts: { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split },
    value: { ask: "value", value: "requests", arm: "canary", split },
  };
}
