/** The live picture on a terminal: what stands there while it runs, when the terminal changes, and what it leaves. */
import { expect, test } from "vitest";
import { api, endedView, events, NOW, viewOf } from "../../../test/cli/fixtures.ts";
import { begin, until } from "../../../test/cli/shell.ts";
import { Terminal } from "../../../test/cli/terminal.ts";
import type { RolloutView } from "../../http/wire.ts";

/** `serin get shop -w` on a terminal, over a server whose answer may change or fail. */
function watching(columns: number, rows: number, argv = ["get", "shop", "-w"], env: Record<string, string> = {}) {
  const answer: { view: RolloutView; up: boolean } = { view: viewOf(), up: true };
  const fetch: typeof globalThis.fetch = (input, init) => {
    if (!answer.up) return Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
    return api([answer.view]).fetch(input, init);
  };
  const terminal = new Terminal(columns, rows);
  const started = begin(argv, { terminal: { columns, rows }, fetch, env, now: () => NOW });
  started.out.sink.stream.on("data", (chunk: Buffer) => terminal.write(chunk.toString()));
  const resize = (width: number, height: number) => {
    [terminal.columns, terminal.rows] = [width, height];
    started.out.resize(width, height);
  };
  return { ...started, terminal, answer, resize };
}

const shows = (terminal: Terminal, text: string) => until(text, () => terminal.text.includes(text));

test("it is drawn over itself, follows what is seen, and stays when it ends", async () => {
  const { terminal, answer, interrupt, finished } = watching(100, 50);
  await shows(terminal, "5 % wanted");
  const first = terminal.text;
  expect(first.split("\n")[0]).toBe("shop  ▶ progressing  release 2: v2 over v1");
  expect(first).toContain(events[2].sentence);
  expect(terminal.cursor).toBe(false);
  answer.view = viewOf({ weight: 2500, liveWeight: 2503, sentence: "Now it is at 25 %." });
  await shows(terminal, "25 % wanted");
  expect(terminal.text).not.toContain("5 % measured, ");
  expect(terminal.text.split("\n").filter((line) => line.startsWith("shop  ")).length).toBe(1);
  interrupt();
  expect((await finished).code).toBe(130);
  expect(terminal.text).toContain("Now it is at 25 %.");
  expect(terminal.cursor).toBe(true);
  expect(terminal.scrolled).toBe(0);
});

test("status -w ends with the release, the last picture and the line for programs", async () => {
  const { terminal, answer, finished } = watching(100, 50, ["status", "shop", "-w"]);
  await shows(terminal, "5 % wanted");
  answer.view = endedView("rolledBack");
  expect((await finished).code).toBe(3);
  const lines = terminal.text.split("\n");
  expect(lines[0]).toBe("shop  ✖ rolled back  release 2: v2 over v1");
  expect(lines.at(-1)).toMatch(/^outcome=rolledBack release=2 revision=v2 /);
  // the picture has the sentence: nobody says it again
  expect(lines.filter((line) => line.includes("v2 ended as rolledBack")).length).toBe(1);
});

test("a lost server is told, the picture stays, and comes back to life", async () => {
  const { terminal, answer, interrupt, finished } = watching(100, 50);
  await shows(terminal, "5 % wanted");
  answer.up = false;
  await shows(terminal, "stale");
  expect(terminal.text).toContain("5 % wanted");
  answer.up = true;
  await until("life", () => !terminal.text.includes("stale"));
  interrupt();
  await finished;
});

test.each([
  [40, 24],
  [20, 5],
  [80, 3],
])("it fits %i columns and %i rows, and never scrolls", async (columns, rows) => {
  const { terminal, interrupt, finished } = watching(columns, rows);
  await shows(terminal, "progressing");
  for (const line of terminal.text.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  expect(terminal.text.split("\n").length).toBeLessThanOrEqual(rows);
  expect(terminal.scrolled).toBe(0);
  interrupt();
  await finished;
});

test("a terminal that shrinks and grows has one whole picture on it", async () => {
  const { terminal, resize, interrupt, finished } = watching(120, 50);
  await shows(terminal, "VISITORS");
  for (const [columns, rows] of [
    [40, 20],
    [100, 12],
    [60, 40],
    [120, 50],
  ] as const) {
    resize(columns, rows);
    const whole = () => {
      const lines = terminal.text.split("\n");
      return (
        lines[0].startsWith("shop") &&
        lines.filter((line) => line.startsWith("shop  ")).length === 1 &&
        lines.every((line) => line.length < columns)
      );
    };
    await until(`a whole picture in ${columns} columns and ${rows} rows`, whole);
  }
  await shows(terminal, "VISITORS");
  interrupt();
  await finished;
});

test("without UTF-8 and colours there is neither", async () => {
  const { out, terminal, interrupt, finished } = watching(80, 40, ["get", "shop", "-w", "--no-color"], { LC_ALL: "C" });
  await shows(terminal, "5 % wanted");
  interrupt();
  await finished;
  expect(terminal.text).toMatch(/^[\x20-\x7e\n]*$/);
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  expect(out.text()).not.toMatch(/\u001b\[[\d;]*m/);
});

test("on a dumb terminal, quiet or piped, there are lines", async () => {
  for (const [argv, env] of [
    [["status", "shop", "-w", "-t", "1ms"], { TERM: "dumb" }],
    [["status", "shop", "-w", "-t", "1ms", "-q"], {}],
  ] as const) {
    const { out, finished } = watching(80, 40, [...argv], env);
    expect((await finished).code).toBe(8);
    expect(out.text()).not.toContain("\u001b[?25l");
  }
});
