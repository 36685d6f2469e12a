/**
 * A process that commits as fast as it can and says what has been acknowledged, one line at a time, until somebody kills
 * it: `committer.ts DIR [COMMITS]`. A line is written only after the promise was kept; nothing is buffered.
 */
import { writeSync } from "node:fs";
import { asSerinError } from "../../src/errors.ts";
import { openStore } from "../../src/stores/index.ts";
import { changeOf, countsOf, documentOf, eventOf, notified, parse, statusOf } from "../contract/store-fixtures.ts";

const [dir = "", most = "1000000"] = process.argv.slice(2);

/** Something of the size of a real status. */
const ballast = "x".repeat(3000);

function say(...words: readonly unknown[]): void {
  writeSync(1, `${words.join(" ")}\n`);
}

async function commitFor(dir: string, most: number): Promise<void> {
  say("opening");
  const store = await openStore({ parse, notified, sqlite: { dir } });
  say("open");
  await store.put("shop", { ...documentOf("first"), notified: ["slack"] }, () => statusOf("shop", "v1"));
  let from = (await store.load("shop"))?.version ?? -1;
  say("put", from);
  for (let done = 0; done < most; done++, from++) {
    const events = [eventOf(`${from + 1}a`), eventOf(`${from + 1}b`)];
    const status = statusOf("shop", `v${from + 1} ${ballast}`);
    const measurements = { failures: countsOf(from + 1) };
    if (!(await store.commit(changeOf("shop", from, { status, events, measurements })))) throw new Error("outdated");
    say("commit", from + 1);
    if (done % 3 === 0) say("signal", await store.signal("shop", from, { verb: "pause", by: "anna" }));
    if (done % 5 === 0) {
      await store.writeNote("last", String(from + 1));
      say("note", from + 1);
    }
    if (done % 7 === 0) {
      const seq = await store.lastSeq();
      await store.advance("shop", "slack", seq);
      say("cursor", seq);
    }
  }
  await store.close();
  say("closed");
}

try {
  await commitFor(dir, Number(most));
} catch (thrown) {
  const { code, message } = asSerinError(thrown);
  say("failed", code, message);
  process.exitCode = 1;
}
