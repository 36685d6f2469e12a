/** Asking over a real socket: what is sent in both formats, what an answer means, and what is tried again. */
import { expect, test } from "vitest";
import { Receiver } from "../../test/contract/receiver.ts";
import { hookSchema } from "../rollout/hook.ts";
import { initialStatus } from "../rollout/initial.ts";
import { specSchema } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { askHook, patienceOf } from "./ask-hook.ts";
import { flaggerPhase } from "./flagger-hook.ts";

const spec = { name: "shop", ...specSchema.parse({ stable: { revision: "v1", backends: ["http://127.0.0.1:1"] } }) };
const idle = initialStatus(spec, 0, "seed");
const v2 = { revision: "v2", backends: ["http://127.0.0.1:2"] };
const underway: Status = {
  ...idle,
  phase: "progressing",
  release: 3,
  canary: v2,
  steps: [{ setWeight: { weight: 500 } }, { pause: { forMs: 1000 } }],
  plan: { ...idle.plan, canary: v2, canaryWeight: 500 },
};
const hookOf = (url: string, more: object = {}) => hookSchema.parse({ name: "smoke", on: "rollout", url, ...more });

/** Rests are not slept, only noted. */
function asking(more: Partial<Status> = {}) {
  const rests: number[] = [];
  const sleep = async (ms: number) => void rests.push(ms);
  const ask = (hook: ReturnType<typeof hookOf>) =>
    askHook(hook, "shop", { status: { ...underway, ...more } }, { fetch, sleep }, new AbortController().signal);
  return { ask, rests };
}

test("Serin's own format tells where the release is", async () => {
  await using receiver = await Receiver.open();
  const answer = await asking().ask(hookOf(receiver.url("/smoke"), { metadata: { suite: "checkout" } }));
  expect(answer.said).toBe("yes");
  expect(JSON.parse(receiver.arrived[0].body)).toEqual({
    hook: "smoke",
    on: "rollout",
    rollout: "shop",
    release: 3,
    phase: "progressing",
    stable: "v1",
    canary: "v2",
    weight: 5,
    step: 1,
    steps: 2,
    metadata: { suite: "checkout" },
  });
});

test("Flagger's format: name, namespace, phase, checksum, and metadata where there is any", async () => {
  await using receiver = await Receiver.open();
  const { ask } = asking();
  await ask(hookOf(receiver.url("/"), { format: "flagger", namespace: "test", metadata: { cmd: "true" } }));
  await ask(hookOf(receiver.url("/"), { format: "flagger" }));
  const [with_, without] = receiver.arrived.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(with_).toEqual({
    name: "shop",
    namespace: "test",
    phase: "Progressing",
    checksum: expect.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/),
    metadata: { cmd: "true" },
  });
  expect(Object.keys(without)).toEqual(["name", "namespace", "phase", "checksum"]);
  expect(without["checksum"]).toBe(with_["checksum"]);
});

test.each<[string, Parameters<typeof flaggerPhase>[0]["on"], Partial<Status>, string]>([
  ["a first release", "confirmRollout", { steps: underway.steps }, "Initialized"],
  ["a later release", "confirmRollout", { previous: v2 }, "Succeeded"],
  ["underway", "confirmPromotion", { step: 2 }, "Progressing"],
  ["a promotion that waits", "rollback", { step: 2 }, "WaitingPromotion"],
  ["promoted", "postRollout", { phase: "promoted", outcome: "promoted" }, "Succeeded"],
  ["taken back", "postRollout", { phase: "aborted", outcome: "rolledBack" }, "Failed"],
  ["aborted", "postRollout", { phase: "aborted", outcome: "aborted" }, "Failed"],
])("phases of Flagger: %s, %s", (_about, on, more, phase) => {
  expect(flaggerPhase({ name: "gate", on }, { ...underway, ...more })).toBe(phase);
});

test("a gate that has said no is asked in Waiting", () => {
  const memory = { occasion: "3", askedAt: 0, said: "no" as const, no: 1, reason: "403" };
  expect(flaggerPhase({ name: "gate", on: "confirmRollout" }, { ...underway, hooks: { gate: memory } })).toBe(
    "Waiting",
  );
});

test("5xx, 429 and silence are tried again, ever more slowly; what was refused is not", async () => {
  await using receiver = await Receiver.open();
  const hook = (path: string) => hookOf(receiver.url(path), { retries: 2, timeout: "5s" });
  const left: Record<string, number[]> = { "/busy": [503, 429, 200], "/closed": [403], "/broken": [500, 500, 500] };
  receiver.answer = (response, { path }) => void response.writeHead(left[path].shift() ?? 418).end();
  const { ask, rests } = asking();
  expect(await ask(hook("/busy"))).toMatchObject({ said: "yes" });
  expect(rests.splice(0)).toEqual([1000, 2000]);
  expect(await ask(hook("/closed"))).toMatchObject({ said: "no", reason: expect.stringMatching(/^403/) });
  expect(rests).toEqual([]);
  expect(await ask(hook("/broken"))).toMatchObject({ said: "no", reason: expect.stringMatching(/^500/) });
  expect(rests.splice(0)).toEqual([1000, 2000]);
  await expect(ask(hookOf("http://127.0.0.1:1/", { retries: 1 }))).rejects.toThrow(/did not answer/);
  expect(rests).toEqual([1000]);
});

test("one question takes its tries and the rests between them", () => {
  expect(patienceOf({ timeoutMs: 5000, retries: 0 })).toBe(5000);
  expect(patienceOf({ timeoutMs: 5000, retries: 2 })).toBe(3 * 5000 + 1000 + 2000);
});
