import { describe, expect, test } from "vitest";
import { metricSourceContract } from "../../test/contract/metric-source.ts";
import { sourceDeps } from "../../test/metrics/deps.ts";
import { countedIn, MINUTE, spanSource, WINDOW } from "../../test/metrics/span-server.ts";
import { splitSince } from "../../test/metrics/traffic.ts";
import type { Arm } from "../analysis/measurement.ts";
import { createSource, sourceSchema } from "./index.ts";

const split = splitSince(0);
const span = { from: WINDOW.from, to: WINDOW.from + MINUTE };
const value = { ask: "value", value: "x", arm: "canary", split } as const;
const amounts = { ask: "mean", floor: 0, cap: 40, pairs: false, split } as const;
const counts = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split } as const;

const measure = (
  settings: Record<string, unknown>,
  query: typeof value | typeof counts | typeof amounts = value,
  env: Record<string, string> = {},
  signal = new AbortController().signal,
) =>
  createSource(sourceSchema.parse({ command: { interval: "1m", ...settings } }), sourceDeps(env)).measure(
    query,
    span,
    signal,
  );

/** The program asks a server of the test, as one of people's own would ask theirs. */
const asking = (address: string) => ({
  command: {
    argv: ["curl", "--silent", "--fail", `${address}/{{arm}}/{{from}}/{{to}}`],
    reads: "counts",
    interval: "1m",
  },
});

const contract = spanSource(asking, ({ path }) => {
  const [, arm, from, to] = path.split("/");
  const window = { from: Number(from) * 1000, to: Number(to) * 1000 };
  const of = (what: "total" | "bad") => countedIn({ arm: arm as Arm, of: what, window }) ?? 0;
  return JSON.stringify({ total: of("total"), bad: of("bad") });
});
metricSourceContract("the source command", { ...contract, value: { ...value, value: "failureRate" } });

describe("a command", () => {
  test("gives the number that it prints", async () => {
    expect(await measure({ argv: ["echo", "0.25"] })).toEqual({ kind: "value", window: span, value: 0.25 });
    expect(await measure({ argv: ["true"] })).toMatchObject({ kind: "noData" });
    await expect(measure({ argv: ["echo", "many"] })).rejects.toThrow(`echo printed "many"`);
  });

  test("or the list of amounts that it prints", async () => {
    const listed = (text: string) => measure({ argv: ["echo", text], reads: "amounts" }, amounts);
    const each = {
      spread: [
        [34, 2048],
        [64, 1024],
      ],
      outside: 1,
    };
    expect(await listed("[10, 10, 90]")).toEqual({
      kind: "mean",
      window: span,
      ticks: [{ at: span.from, plan: 3, stable: each, canary: each }],
      floor: 0,
      cap: 40,
      each: "value",
    });
    expect(await listed("[]")).toMatchObject({ kind: "noData" });
    await expect(listed("10")).rejects.toThrow("where a list of numbers was asked for");
  });

  test("or how it ends", async () => {
    const exits = (code: number) => measure({ argv: ["sh", "-c", `exit ${code}`], reads: "exitCode" });
    expect(await exits(0)).toMatchObject({ value: 0 });
    expect(await exits(3)).toMatchObject({ value: 3 });
    await expect(measure({ argv: ["sh", "-c", "kill -9 $$"], reads: "exitCode" })).rejects.toThrow("ended by a signal");
  });

  test("is told what it is asked about, has no shell, and nothing of Serin's environment", async () => {
    const script = `[ "$SERIN_ROLLOUT $SERIN_ARM $SERIN_REVISION $SERIN_FROM $SERIN_TO $OWN $HOME" = "$0" ] && echo "$#"`;
    const told = `shop canary v2 ${span.from / 1000} ${span.to / 1000} a-secret-of-mine `;
    const argv = ["sh", "-c", script, told, "{{revision}}; rm -rf /", "$(id)"];
    expect(await measure({ argv, env: { OWN: { env: "MINE" } } }, value, { MINE: "a-secret-of-mine" })).toMatchObject({
      value: 2,
    });
  });

  test("that fails is an error, in its words and without its secrets", async () => {
    const argv = ["sh", "-c", `echo "no access with $OWN" >&2; exit 7`];
    const failing = measure({ argv, env: { OWN: { env: "MINE" } } }, value, { MINE: "a-secret-of-mine" });
    await expect(failing).rejects.toMatchObject({
      code: "SOURCE_FAILED",
      message: "sh ended with 7: no access with ***",
    });
  });

  test("that is not there, does not end, or says too much, is an error", async () => {
    await expect(measure({ argv: ["serin-no-such-program"] })).rejects.toThrow("could not be started (ENOENT)");
    await expect(measure({ argv: ["sleep", "60"], timeout: "200ms" })).rejects.toThrow("did not end within 200ms");
    await expect(measure({ argv: ["sh", "-c", "sleep 60 & sleep 60"], timeout: "200ms" })).rejects.toThrow(
      "did not end",
    );
    await expect(measure({ argv: ["sh", "-c", "yes | head -c 1000000"] })).rejects.toThrow(
      "where a number was asked for",
    );
  });

  test("that nobody waits for any more is ended", async () => {
    const gone = new AbortController();
    const measuring = measure({ argv: ["sleep", "60"] }, value, {}, gone.signal);
    gone.abort(new Error("no longer wanted"));
    await expect(measuring).rejects.toThrow("no longer wanted");
  });

  test.each([
    [`{"total": 3, "bad": 4}`, "4 were bad of 3 in all"],
    [`{"total": 3.5, "bad": 1}`, "what is counted is whole"],
    [`{"total": -1, "bad": -1}`, "what is counted is whole"],
    [`{"total": 3}`, "was asked for"],
    ["3", "was asked for"],
    ["", "was asked for"],
  ])("that prints %j gives no counts", async (printed, words) => {
    await expect(measure({ argv: ["printf", "%s", printed], reads: "counts" }, counts)).rejects.toThrow(words);
  });

  test("is run by no server that was not told to", async () => {
    const source = createSource(sourceSchema.parse({ command: { argv: ["echo", "1"] } }), {
      ...sourceDeps(),
      run: null,
    });
    await expect(source.measure(value, span, new AbortController().signal)).rejects.toThrow("SERIN_COMMANDS=allow");
  });
});
