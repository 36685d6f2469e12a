/**
 * The sections of a document that can be read, each for itself: so that what does not make sense is told beside what
 * does not fit the schema, and not only in the next round.
 */
import { z } from "zod";
import { armSchema } from "../rollout/spec.ts";
import { stepSchema, type Step } from "../rollout/steps/index.ts";
import { sections, type RolloutDocument } from "./schema.ts";

/** Entry `index` of a list as written. */
export interface Entry<T> {
  readonly index: number;
  readonly value: T;
}

type Whole =
  | "gateway"
  | "stable"
  | "canary"
  | "assignment"
  | "strategy"
  | "promise"
  | "afterPromotion"
  | "whenUndecided";

/** Undefined: the section is not there or does not fit. */
export type Parts = { readonly [Name in Whole]: RolloutDocument[Name] | undefined } & {
  readonly matches: readonly Entry<RolloutDocument["matches"][number]>[];
  readonly gates: readonly Entry<RolloutDocument["gates"][number]>[];
  readonly hooks: readonly Entry<RolloutDocument["hooks"][number]>[];
  /** Of each arm, also where the rest of it does not fit. */
  readonly backends: Readonly<Record<"stable" | "canary", readonly Entry<string>[]>>;
  /** Of `spec.strategy.canary.steps`, as far as they were written. */
  readonly steps: readonly Entry<Step>[];
  /** `spec` as written. */
  readonly written: Readonly<Record<string, unknown>>;
};

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** `at(document, "spec", "stable")`: what was written there, undefined where nothing was. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, step) => (part as Record<string | number, unknown> | null | undefined)?.[step],
    value,
  );
}

const steps = z.array(stepSchema).default([]);

export function partsOf(document: unknown): Parts {
  const spec = at(document, "spec");
  const written = isMapping(spec) ? spec : {};
  return {
    written,
    gateway: read(sections.gateway, written["gateway"]),
    stable: read(sections.stable, written["stable"]),
    canary: read(sections.canary, written["canary"]),
    assignment: read(sections.assignment, written["assignment"]),
    strategy: read(sections.strategy, written["strategy"]),
    promise: read(sections.promise, written["promise"]),
    afterPromotion: read(sections.afterPromotion, written["afterPromotion"]),
    whenUndecided: read(sections.whenUndecided, written["whenUndecided"]),
    matches: entries(sections.matches, written["matches"]),
    gates: entries(sections.gates, written["gates"]),
    hooks: entries(sections.hooks, written["hooks"]),
    backends: {
      stable: entries(armSchema.shape.backends, at(written, "stable", "backends")),
      canary: entries(armSchema.shape.backends, at(written, "canary", "backends")),
    },
    steps: entries(steps, at(written, "strategy", "canary", "steps")),
  };
}

function read<S extends z.ZodType>(schema: S, written: unknown): z.output<S> | undefined {
  const result = schema.safeParse(written);
  return result.success ? result.data : undefined;
}

/** The entries that fit; the schema's own where none was written. */
function entries<T>(schema: z.ZodType<readonly T[]>, written: unknown): readonly Entry<T>[] {
  if (written === undefined) return (read(schema, written) ?? []).map((value, index) => ({ index, value }));
  if (!Array.isArray(written)) return [];
  return written.flatMap((item: unknown, index) => {
    const value = read(schema, [item])?.[0];
    return value === undefined ? [] : [{ index, value }];
  });
}
