/** Asking over a real socket: what is sent in both formats, what an answer means, and what is tried again. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Receiver } from "../../test/contract/receiver.ts";
import { hookSchema } from "../rollout/hook.ts";
import { initialStatus } from "../rollout/initial.ts";
import { specSchema } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { askHook, patienceOf } from "./ask-hook.ts";
import { runner } from "./run.ts";
import { secretsFrom } from "./secrets.ts";
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

const secrets = secretsFrom({ env: { TOKEN: "a-secret-of-mine" }, readFile: async () => "" });

/** Rests are not slept, only noted. */
function asking(more: Partial<Status> = {}) {
  const rests: number[] = [];
  const sleep = async (ms: number) => void rests.push(ms);
  const ask = (hook: ReturnType<typeof hookOf>) =>
    askHook(
      hook,
      "shop",
      { status: { ...underway, ...more } },
      { fetch, sleep, secrets, run: runner(process.env["PATH"] ?? "") },
      new AbortController().signal,
    );
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
  const asks = { url: "http://127.0.0.1/" };
  expect(patienceOf({ timeoutMs: 5000, retries: 0, asks })).toBe(5000);
  expect(patienceOf({ timeoutMs: 5000, retries: 2, asks })).toBe(3 * 5000 + 1000 + 2000);
  const command = { run: { shell: "true" }, env: {} };
  expect(patienceOf({ timeoutMs: 5000, retries: 0, asks: { command } })).toBeGreaterThan(5000);
});

describe("a program", () => {
  const program = (command: object, more: object = {}) =>
    hookSchema.parse({ name: "smoke", on: "preRollout", command, ...more });
  const shell = (text: string, more: object = {}) => program({ shell: text }, more);

  test("is told where the release is, and how it ends is its answer", async () => {
    const { ask } = asking();
    const script =
      '[ "$SERIN_ROLLOUT $SERIN_CANARY $SERIN_WEIGHT $SERIN_ON" = "shop v2 5 preRollout" ] && echo 40 passed';
    expect(await ask(shell(script))).toEqual({ said: "yes", reason: "40 passed", output: "40 passed" });
    expect(await ask(shell("exit 0"))).toEqual({ said: "yes", reason: "" });
    expect(await ask(shell("echo one; echo two >&2; exit 3"))).toEqual({
      said: "no",
      reason: "it ended with 3: two",
      output: "one\ntwo",
    });
  });

  test("has no shell unless the document says so; its arguments have words in them", async () => {
    const argv = ["printf", "%s|", "{{canary}}", "{{ rollout }}:{{step}}", "$(id)", "; echo no"];
    expect(await asking().ask(program({ argv }))).toMatchObject({ reason: "v2|shop:1|$(id)|; echo no|" });
    expect(await asking().ask(program({ argv: ["false"] }))).toMatchObject({ said: "no", reason: "it ended with 1" });
  });

  test("reads what an address would be sent, in either format, or does not", async () => {
    const read = { metadata: { suite: "checkout" }, format: "flagger", namespace: "test" };
    const { output } = await asking().ask(shell("cat", read));
    expect(JSON.parse(output ?? "")).toMatchObject({
      name: "shop",
      namespace: "test",
      metadata: { suite: "checkout" },
    });
    const own = await asking().ask(shell("cat", { metadata: { suite: "checkout" } }));
    expect(JSON.parse(own.output ?? "")).toMatchObject({
      hook: "smoke",
      canary: "v2",
      metadata: { suite: "checkout" },
    });
    const long = { metadata: { much: "x".repeat(1_000_000) } };
    expect(await asking().ask(shell("exec true", long))).toMatchObject({ said: "yes" });
  });

  test("has nothing of Serin's environment, and nothing that it prints repeats a secret", async () => {
    const env = { MINE: { env: "TOKEN" }, PLAIN: "plain" };
    const answer = await asking().ask(program({ shell: 'echo "$MINE $PLAIN [$HOME]"; exit 1', env }));
    expect(answer).toEqual({ said: "no", reason: "it ended with 1: *** plain []", output: "*** plain []" });
    const missing = program({ shell: "true", env: { MINE: { env: "NONE" } } });
    await expect(asking().ask(missing)).rejects.toThrow("the variable NONE is not set");
  });

  test.each([
    ["exit 75", "it cannot say (75)"],
    ["serin-no-such-program", "it ended with 127: "],
    ["kill -SEGV $$", "it was ended by SIGSEGV"],
  ])("%s is no answer, and asked again", async (text, reason) => {
    const { ask, rests } = asking();
    expect(await ask(shell(text, { retries: 2 }))).toMatchObject({
      said: "error",
      reason: expect.stringContaining(reason),
    });
    expect(rests).toEqual([1000, 2000]);
  });

  test("that is not there, or that documents may not run, could not be asked", async () => {
    await expect(asking().ask(program({ argv: ["serin-no-such-program"] }))).rejects.toThrow("ENOENT");
    const status = { status: underway };
    const stop = new AbortController().signal;
    const none = { fetch, sleep: async () => {}, secrets, run: null };
    await expect(askHook(shell("true"), "shop", status, none, stop)).rejects.toThrow("SERIN_COMMANDS=allow");
  });

  test("whose time is over is ended with all that it has started, and what it printed is kept", async () => {
    const script = "echo begun; sleep 60 & echo $!; sleep 60";
    const { said, reason, output } = await asking().ask(shell(script, { timeout: "300ms" }));
    expect([said, reason]).toEqual(["error", expect.stringContaining("it did not end within 300ms")]);
    const pid = Number(/^begun\n(\d+)$/.exec(output ?? "")?.[1]);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("is ended when nobody waits for it any more", async () => {
    const gone = new AbortController();
    const deps = { fetch, sleep: async () => {}, secrets, run: runner(process.env["PATH"] ?? "") };
    const asked = askHook(shell("sleep 60"), "shop", { status: underway }, deps, gone.signal);
    gone.abort(new Error("no longer wanted"));
    await expect(asked).rejects.toThrow("no longer wanted");
  });

  test("that says very much is quoted by its end, without what moves a cursor", async () => {
    const { output = "", reason } = await asking().ask(
      shell("yes | head -c 1000000; printf '\\033[31mred\\033[0m\\r\\n'"),
    );
    expect(output.length).toBe(1000);
    expect([output.endsWith("y\ny\nred"), reason]).toEqual([true, "red"]);
  });
});

function isAlive(pid: number): boolean {
  try {
    // a process that has ended and that nobody has waited for yet is still there
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
