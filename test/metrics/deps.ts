/** The world as sources see it in tests: the real network of this machine, secrets that the test sets, real time. */
import { readFile } from "node:fs/promises";
import { secretsFrom } from "../../src/engine/secrets.ts";
import { runner } from "../../src/engine/run.ts";
import type { MetricSourceDeps } from "../../src/metrics/index.ts";

export function sourceDeps(env: Readonly<Record<string, string>> = {}): MetricSourceDeps {
  const textOf = (path: string) => readFile(path, "utf8");
  return {
    rollout: "shop",
    gateway: null,
    fetch,
    secrets: secretsFrom({ env, readFile: textOf }),
    readFile: textOf,
    events: null,
    run: runner(process.env["PATH"] ?? ""),
    now: () => Date.now(),
  };
}
