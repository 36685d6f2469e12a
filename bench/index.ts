/** Runs the benches, one after the other: `npm run bench`, or `npm run bench -- judge` for those whose name has that in it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const benches = ["gateway/index.ts", "live/index.ts", "judge.ts", "web/index.ts"];

const wanted = process.argv.slice(2);
for (const bench of benches) {
  if (wanted.length > 0 && !wanted.some((part) => bench.includes(part))) continue;
  process.stdout.write(`\n# ${bench}\n\n`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(bench, import.meta.url))], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
