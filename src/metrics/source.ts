/** The shape of a metric source's file: its name in documents, the schema of its settings, and how it is made. */
import type { z } from "zod";
import type { Ask } from "../analysis/metric.ts";
import type { MetricSource } from "../engine/ports.ts";
import type { Secrets } from "../engine/secrets.ts";
import type { EventBook } from "./events/book.ts";
import type { Run } from "../engine/run.ts";
import type { GatewayClient } from "../gateway/open.ts";

/** The world as metric sources see it: what one rollout's source may ask, and with what. */
export interface MetricSourceDeps {
  /** The rollout's name. */
  readonly rollout: string;
  /** Its own gateway; null where another router splits the traffic. */
  readonly gateway: Pick<GatewayClient, "measure"> | null;
  readonly fetch: typeof fetch;
  readonly secrets: Secrets;
  /** A file's text. */
  readonly readFile: (path: string) => Promise<string>;
  /** What applications report; null where nobody takes it. */
  readonly events: EventBook | null;
  /** Runs a program for a document; null where documents may run none. */
  readonly run: Run | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface MetricSourceKind<Name extends string, Config extends z.ZodType> {
  /** The key in documents: `source: { gateway: {} }`. */
  readonly name: Name;
  readonly config: Config;
  /** What it can be asked with these settings: which kinds of gates can use it. */
  offers(config: z.output<Config>): readonly Ask[];
  create(config: z.output<Config>, deps: MetricSourceDeps): MetricSource;
}

export function defineMetricSource<const Name extends string, Config extends z.ZodType>(
  kind: MetricSourceKind<Name, Config>,
): MetricSourceKind<Name, Config> {
  return kind;
}
