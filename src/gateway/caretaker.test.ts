import { expect, test } from "vitest";
import { Caretaker } from "./caretaker.ts";

const MINUTE = 60_000;

function stage() {
  const state = { at: 0, found: true as boolean | "throws", trafficAt: 0, ended: 0 };
  const lines: string[] = [];
  const keep = () =>
    state.found === "throws" ? Promise.reject(new Error("no permission")) : Promise.resolve(state.found);
  const caretaker = new Caretaker({
    server: { keep },
    log: { bound: () => {}, line: (text) => void lines.push(text) },
    now: () => state.at,
    trafficAt: () => state.trafficAt,
    end: () => void (state.ended += 1),
  });
  const pass = async (minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      state.at += MINUTE;
      await caretaker.look();
    }
  };
  return { state, lines, pass };
}

test("a gateway that can be found is left alone, used or not", async () => {
  const { state, lines, pass } = stage();
  await pass(100);
  expect(state.ended).toBe(0);
  expect(lines).toEqual([]);
});

test.each([false, "throws"] as const)(
  "one that nobody can find ends when nobody uses it either (%s)",
  async (found) => {
    const { state, lines, pass } = stage();
    state.found = found;
    await pass(9);
    expect(state.ended).toBe(0);
    expect(lines).toHaveLength(1);
    await pass(3);
    expect(state.ended).toBeGreaterThan(0);
  },
);

test("while it is used it serves on, and being found again sets it right", async () => {
  const { state, pass } = stage();
  state.found = false;
  for (let i = 0; i < 30; i++) {
    state.trafficAt = state.at;
    await pass(1);
  }
  expect(state.ended).toBe(0);
  state.found = true;
  await pass(30);
  state.found = false;
  await pass(9);
  expect(state.ended).toBe(0);
});
