/** `serin run` and `serin serve` with everything behind them: real API, engine, store, document, in an invented world. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failing, good, steady } from "../../sim/scenarios/truths.ts";
import { shop, Stage } from "../../../test/cli/stage.ts";
import { really, until, type Finished, type Started } from "../../../test/cli/shell.ts";

const fine = steady(20);
const harmful = steady(40, good, failing(0.4));
/** Short enough for a test, and decided by the clock where there is too little traffic to be sure. */
const quick =
  shop("").replace("[20, 50], stage: 2m, atLeast: 5s", "[50], stage: 8s, atLeast: 1s") + "  whenUndecided: advance\n";
const slow = shop("  whenUndecided: hold\n").replace("weights: [20, 50], stage: 2m", "weights: [20, 50], stage: 12h");

const lastLine = ({ out }: Pick<Finished, "out">) => out.trimEnd().split("\n").at(-1) ?? "";
const printed = (started: Started, text: string) => until(text, () => started.out.text().includes(text));

test("a good release is promoted: exit 0, the way there in lines, the summary last", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  const done = await stage.run(["run", "shop.yaml"]);
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(lastLine(done)).toMatch(
    /^outcome=promoted release=1 revision=v2 rollout=shop stable=v2 step=2\/2 share=0 seconds=\d+$/,
  );
  expect(done.out).toMatch(/^\S+Z {2}Release 1 of v2 over v1 started by the document, 2 steps\.$/m);
  expect(done.out).toMatch(/^\S+Z {2}v2 was promoted by Serin/m);
  expect(done.out).toContain("`serin stop shop` ends it");
  expect(stage.stopped).toEqual([]);
  // the last plan is live before the program ends
  expect(stage.world.plans.at(-1)?.plan).toMatchObject({ canary: null, stable: { revision: "v2" } });
  expect(stage.serving).toBe(0);
  expect(existsSync(join(stage.dir, ".serin/server.json"))).toBe(false);
});

test("a harmful release is taken back: exit 3; the same document again says so at once, --retry tries again", async () => {
  await using stage = new Stage(harmful);
  stage.write("shop.yaml", quick);
  const done = await stage.run(["run", "shop.yaml", "--stop"]);
  expect(done.code).toBe(3);
  expect(lastLine(done)).toMatch(/^outcome=rolledBack release=1 revision=v2 rollout=shop stable=v1 /);
  expect(done.out).not.toContain("goes on serving");
  expect(stage.stopped).toEqual(["shop"]);
  const again = await stage.run(["run", "shop.yaml"]);
  expect(again.code).toBe(3);
  expect(again.out).toContain("Release 1 of v2 ended before this run; --retry releases it again.");
  const retried = await stage.run(["run", "shop.yaml", "--retry", "-o", "json"]);
  expect(retried.code).toBe(3);
  expect(JSON.parse(retried.out)).toMatchObject({ outcome: "rolledBack", release: 2, revision: "v2", exit: 3 });
  expect(retried.err).toContain("Release 2 of v2 over v1 started by anna");
});

test("interrupted: exit 130, words about what goes on, and the next run goes on where it was", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", slow);
  const first = stage.begin(["run", "shop.yaml"]);
  await printed(first, "Step 2 of 4");
  first.interrupt();
  const ended = await first.finished;
  expect(ended.code).toBe(130);
  expect(ended.err).toBe(
    "serin: Interrupted. Nobody judges the release from now on; the gateway goes on serving its last plan, 20 % of traffic to v2. " +
      "`serin run shop.yaml` goes on where it was.\n",
  );
  expect(lastLine(ended)).toMatch(/^outcome=running release=1 revision=v2 .* step=1\/4 share=20 /);
  expect(stage.serving).toBe(0);
  const second = stage.begin(["run", "shop.yaml"]);
  await until("the second server", () => stage.serving === 1);
  await printed(second, "shop: Release 1 of v2 over v1, step 2 of 4");
  const sent = await stage.run(["promote", "shop", "--full", "--why", "enough"]);
  expect(sent).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^shop: v2 was promoted by anna after .*: enough\.\n$/),
  });
  expect(await second.finished).toMatchObject({ code: 0 });
});

test("when its time is up: exit 8, and who judges then", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", slow);
  const done = await stage.run(["run", "shop.yaml", "-t", "60s"]);
  expect(done.code).toBe(8);
  expect(done.err).toContain("The time is up. Nobody judges the release from now on");
  expect(lastLine(done)).toMatch(/^outcome=running /);
});

test("a document without a canary is served and nothing is released: exit 0", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick.replace(/ {2}canary:\n {4}revision: v2\n {4}backends: .*\n/, ""));
  const done = await stage.run(["run", "shop.yaml"]);
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(lastLine(done)).toMatch(/^outcome=idle release=0 revision=v1 /);
});

test("a document that names another canary begins its release", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  expect((await stage.run(["run", "shop.yaml"])).code).toBe(0);
  const next = quick.replace("revision: v2", "revision: v3").replace(":9002", ":9003");
  stage.write("shop.yaml", next.replace("revision: v1", "revision: v2").replace(":9001", ":9002"));
  expect(lastLine(await stage.run(["run", "shop.yaml"]))).toMatch(
    /^outcome=promoted release=2 revision=v3 .*stable=v3/,
  );
});

test("a canary that serves everybody already needs no release: exit 0, whatever became of the last one", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  const server = stage.begin(["serve", "shop.yaml", "--listen", "127.0.0.1:0"], { pid: 1 });
  await printed(server, "v2 was promoted");
  await stage.run(["start", "shop", "--canary", "http://127.0.0.1:9003", "--revision", "v3"]);
  await stage.run(["abort", "shop"]);
  const done = await stage.run(["run", "shop.yaml"]);
  expect(done.code).toBe(0);
  expect(lastLine(done)).toMatch(/^outcome=idle release=2 revision=v2 rollout=shop stable=v2 /);
  server.interrupt();
  await server.finished;
});

test("a document that does not fit starts nothing", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick.replace("weights", "weigths"));
  const done = await stage.run(["run", "shop.yaml"]);
  expect(done).toMatchObject({ code: 2, out: "" });
  expect(done.err).toMatch(
    /^serin: the document has a mistake \(DOCUMENT_INVALID\)\nshop\.yaml:13:15: spec\.strategy\.canary.*weigths.*\n.*\n.*\^\n$/,
  );
  expect(stage.world.plans).toEqual([]);
  expect(await stage.run(["run", "nowhere.yaml"])).toMatchObject({
    code: 2,
    err: "serin: nowhere.yaml does not exist (FILE_NOT_FOUND)\n",
  });
});

test("where a server has the data directory, run asks it, and the server stays", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  const server = stage.begin(["serve", "--listen", "127.0.0.1:0"], { pid: 1 });
  await printed(server, "API at ");
  const done = await stage.run(["run", "shop.yaml"]);
  expect(done.code).toBe(0);
  expect(done.out).toContain("has this data and is asked to do it");
  expect(done.out).not.toContain("goes on serving");
  expect(stage.serving).toBe(1);
  expect(await stage.run(["run", "shop.yaml", "--stop"])).toMatchObject({ code: 2 });
  const second = await stage.run(["serve"]);
  expect(second.code).toBe(1);
  expect(second.err).toMatch(
    /^serin: process 1 serves .* already, at http:.* \(DATABASE_BUSY\)\n {2}`serin apply FILE`/,
  );
  server.interrupt();
  expect(await server.finished).toMatchObject({ code: 0, out: expect.stringContaining("Control has ended") });
  expect(server.out.text()).toMatch(/^\S+Z {2}shop {2}v2 was promoted by Serin/m);
});

test("word of a server that is gone, whose process number is another's now, holds up nobody", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  mkdirSync(join(stage.dir, ".serin"));
  stage.write(".serin/server.json", JSON.stringify({ url: "http://127.0.0.1:1", pid: 1 }));
  expect(await stage.run(["run", "shop.yaml"])).toMatchObject({ code: 0, err: "" });
});

test("what breaks inside the server is told and ends the program", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", slow);
  const running = stage.begin(["run", "shop.yaml"]);
  await printed(running, "Step 2 of 4");
  stage.breakDown(new Error("the disk is gone"));
  expect(await running.finished).toMatchObject({
    code: 1,
    err: expect.stringContaining("serin: the disk is gone (INTERNAL)"),
  });
  expect(stage.serving).toBe(0);
});

test("the next release begins with start, and people act on it", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  stage.write("slow.yaml", slow);
  const server = stage.begin(["serve", "shop.yaml", "--listen", "127.0.0.1:0"], { pid: 1 });
  await printed(server, "API at ");
  expect(await stage.run(["wait", "shop", "--for", "promoted", "-t", "30m"])).toMatchObject({ code: 0 });
  expect(await stage.run(["apply", "slow.yaml"])).toMatchObject({ code: 0, out: "shop configured\n" });
  const canary = ["--canary", "http://127.0.0.1:9003", "--revision", "v3"];
  const followed = stage.begin(["start", "shop", ...canary, "--why", "friday", "-w"]);
  await printed(followed, "Release 2 of v3 over v2 started by anna");
  expect(await stage.run(["start", "shop", ...canary])).toMatchObject({
    code: 1,
    err: expect.stringContaining("was refused"),
  });
  expect(await stage.run(["pause", "shop", "--why", "lunch"])).toMatchObject({
    code: 0,
    out: "shop: Paused by anna: lunch.\n",
  });
  expect(await stage.run(["wait", "shop", "--for", "paused", "-t", "1m"])).toMatchObject({ code: 0 });
  expect(await stage.run(["status", "shop"])).toMatchObject({ code: 8 });
  expect(await stage.run(["resume", "shop"])).toMatchObject({ code: 0 });
  expect(await stage.run(["delete", "shop"])).toMatchObject({ code: 1, err: expect.stringContaining("CONFLICT") });
  expect(await stage.run(["abort", "shop"], { user: "bob" })).toMatchObject({ code: 0 });
  expect(await followed.finished).toMatchObject({ code: 7 });
  expect(lastLine(await followed.finished)).toMatch(/^outcome=aborted release=2 revision=v3 rollout=shop stable=v2 /);
  expect(await stage.run(["undo", "shop"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("v1 serves everybody again"),
  });
  expect(await stage.run(["delete", "shop"])).toMatchObject({ code: 0, out: "shop deleted\n" });
  expect(await stage.run(["get"])).toMatchObject({ code: 0, out: expect.stringContaining("no rollouts yet") });
  server.interrupt();
  await server.finished;
});

test("a step that asks for approval is waited for and approved", async () => {
  await using stage = new Stage(fine);
  const steps = "canary:\n      steps:\n        - setWeight: 10\n        - approve: { note: look at it }\n";
  stage.write("shop.yaml", quick.replace(/canary: \{.*\}\n/, steps));
  const running = stage.begin(["run", "shop.yaml"]);
  await until("the server", () => existsSync(join(stage.dir, ".serin/server.json")));
  await printed(running, "started by");
  expect(await stage.run(["wait", "shop", "--for", "approval", "-t", "10m"])).toMatchObject({ code: 0 });
  expect(await stage.run(["approve", "shop"])).toMatchObject({ code: 0, out: "shop: Approved by anna.\n" });
  expect(await running.finished).toMatchObject({ code: 0 });
});

test("events are followed until nobody reads any more", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", quick);
  const server = stage.begin(["serve", "--listen", "127.0.0.1:0"], { pid: 1 });
  await printed(server, "API at ");
  const following = stage.begin(["events", "-w", "-o", "json"]);
  const live = stage.begin(["get", "shop", "-w", "-o", "json"]);
  expect(await live.finished).toMatchObject({ code: 1, err: expect.stringContaining("NOT_FOUND") });
  await stage.run(["apply", "shop.yaml"]);
  await printed(following, '"type":"promoted"');
  following.out.hangUp();
  const { code, out } = await following.finished;
  expect(code).toBe(0);
  const seqs = out
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect(new Set(seqs).size).toBe(seqs.length);
  const views = stage.begin(["get", "shop", "-w", "-o", "json", "-t", "5s"]);
  expect((await views.finished).out.split("\n")[0]).toContain('"phase":"promoted"');
  server.interrupt();
  await server.finished;
});

test("a server that goes away and comes back is waited for", async () => {
  await using stage = new Stage(fine);
  stage.write("shop.yaml", slow);
  const serve = ["serve", "shop.yaml", "--listen"];
  const first = stage.begin([...serve, "127.0.0.1:0"], { pid: 1 });
  await printed(first, "API at ");
  const address = /API at http:\/\/(\S+),/.exec(first.out.text())?.[1] ?? "";
  // patience is measured in the follower's own time
  const following = stage.begin(["status", "shop", "-w", "--server", address], { now: Date.now, sleep: really });
  await until("the first line", () => following.out.text() !== "");
  first.interrupt();
  await first.finished;
  await printed(following, "trying again");
  const second = stage.begin([...serve, address], { pid: 1 });
  await printed(following, "the server answers again");
  await stage.run(["abort", "shop", "--server", address]);
  expect(await following.finished).toMatchObject({ code: 7 });
  second.interrupt();
  await second.finished;
});

test("stop ends a gateway with or without a server, and not from afar", async () => {
  await using stage = new Stage(fine);
  expect(await stage.run(["stop", "shop"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("no gateway of that name runs"),
  });
  expect(await stage.run(["stop", "shop", "--server", "127.0.0.1:1"])).toMatchObject({ code: 2 });
  stage.write("shop.yaml", quick);
  await stage.run(["run", "shop.yaml"]);
  expect(await stage.run(["stop", "shop"])).toMatchObject({
    code: 0,
    out: "shop: the gateway has ended and its address is free.\n",
  });
});
