import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What starts whole programs, after the rest: it waits for most of its time, so files run beside each other. */
const apart = [
  "test/e2e/**/*.test.ts",
  "test/gateway/**/*.test.ts",
  "test/web/**/*.test.ts",
  "src/stores/*-crash.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Left to itself a run leaves one core idle, which is half of a small machine.
    maxWorkers: availableParallelism(),
    setupFiles: ["test/seed.ts"],
    projects: [
      {
        extends: true,
        test: { name: "parts", include: ["src/**/*.test.ts", "test/**/*.test.ts"], exclude: apart },
      },
      { extends: true, test: { name: "whole", include: apart } },
    ],
  },
});
