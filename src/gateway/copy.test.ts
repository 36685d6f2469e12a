/** Mirroring: copies to the canary whose answers are dropped and whose outcomes are recorded. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, get, last, post, until } from "../../test/gateway/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const mirrored = { plan: { mirrorWeight: 10_000 } };

/** Answers "name METHOD URL body." and keeps what it saw. */
async function service(name: string, seen: string[] = [], status = 200): Promise<string> {
  return rig.http((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${body} ${"x-serin-copy" in request.headers ? "copy" : "original"}`);
      response.writeHead(status).end(`${name} ${request.method} ${body}.`);
    });
  });
}

test("the client gets stable's answer, the canary an exact copy that is marked; both are recorded, and the original twice", async () => {
  const [originals, copies]: [string[], string[]] = [[], []];
  await rig.start([await service("stable", originals)], [await service("canary", copies, 500)], mirrored);
  expect(await rig.ask(get("/a?b", last))).toMatch(/^HTTP\/1.1 200 [^]*stable GET/);
  expect(await rig.ask(post("body", last))).toMatch(/stable POST body/);
  expect(originals).toEqual(["GET /a?b  original", "POST / body original"]);
  await until(() => copies.length === 2);
  expect(copies.toSorted()).toEqual(["GET /a?b  copy", "POST / body copy"]);
  const each = ["stable assigned 200", "stable mirrored 200", "canary mirrored 500"];
  expect(await rig.settled()).toEqual([...each, ...each]);
  expect(new Set(rig.memory.all.slice(0, 3).map(({ unit }) => unit)).size).toBe(1);
});

test("a copy has its original's X-Request-Id, made or given, so that both reports can be paired", async () => {
  const ids: Record<"original" | "copy", string[]> = { original: [], copy: [] };
  const named = (which: keyof typeof ids) =>
    rig.http((request, response) => {
      ids[which].push(String(request.headers["x-request-id"]));
      response.end("ok");
    });
  await rig.start([await named("original")], [await named("copy")], mirrored);
  await rig.ask(get("/", last));
  await rig.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: given-1\r\nConnection: close\r\n\r\n");
  await until(() => ids.copy.length === 2);
  expect(ids.copy.toSorted()).toEqual(ids.original.toSorted());
  expect(ids.original[1]).toBe("given-1");
  expect(ids.original[0]).toMatch(/^id-/);
});

test("bodies are copied as they stream, chunked ones too", async () => {
  const copies: string[] = [];
  await rig.start([await service("stable")], [await service("canary", copies)], mirrored);
  const client = rig.client();
  client.say("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  for (const letter of "abc") {
    client.say(`1\r\n${letter}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  client.say("0\r\n\r\n");
  expect(await client.closed).toMatch(/stable PUT abc/);
  await until(() => copies.length === 1);
  expect(copies).toEqual(["PUT / abc copy"]);
  expect(await rig.settled()).toContain("canary mirrored 200");
});

test("a canary that is not there: the copy's failure is recorded, the client notices nothing", async () => {
  await rig.start([await service("stable")], [await rig.dead()], mirrored);
  for (let i = 0; i < 5; i++) expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  const lines = await rig.settled();
  expect(lines.filter((line) => line === "canary mirrored 0 connect")).toHaveLength(5);
  expect(lines.filter((line) => line === "stable mirrored 200")).toHaveLength(5);
  expect(rig.health.down).toHaveLength(1);
});

test("a canary that hangs up, falls silent, or breaks off: so it is recorded", async () => {
  const canary = await rig.raw(async (peer, nth) => {
    await peer.hears("\r\n\r\n");
    if (nth === 0) peer.socket.destroy();
    else if (nth === 2) peer.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    else if (nth === 3) peer.say("nonsense\r\n\r\n");
  });
  const options = { timeouts: { response: "200ms" } };
  await rig.start([await service("stable")], [canary], { ...mirrored, options });
  for (let i = 0; i < 4; i++) {
    expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
    await rig.settled();
  }
  const lines = await rig.settled();
  const copies = lines.filter((line) => line.startsWith("canary"));
  expect(copies.slice(0, 3)).toEqual([
    "canary mirrored 0 reset",
    "canary mirrored 0 timeout",
    "canary mirrored 200 reset",
  ]);
});

test("a canary that does not read loses the copy, never the original, and nothing is known of it", async () => {
  const canary = await rig.raw((peer) => void peer.socket.pause());
  await rig.start([await service("stable")], [canary], mirrored);
  const body = "x".repeat(20_000_000);
  const answer = await rig.ask(post(body, last));
  expect(answer.length).toBeGreaterThan(body.length);
  expect(await rig.settled()).toEqual(["stable assigned 200", "stable mirrored 200", "canary mirrored abandoned"]);
});

test("a client that goes away takes the copy of its unfinished request with it", async () => {
  await rig.start([await rig.raw(() => {})], [await rig.raw(() => {})], mirrored);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  await until(() => rig.memory.all.length === 3);
  client.socket.destroy();
  expect(await rig.settled()).toEqual([
    "stable assigned abandoned",
    "stable mirrored abandoned",
    "canary mirrored abandoned",
  ]);
});

test("an answer that breaks off before its request is complete takes the copy along", async () => {
  const stable = await rig.raw(async (peer) => {
    await peer.hears("half");
    peer.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  await rig.start([stable], [await rig.raw(() => {})], mirrored);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  await client.closed;
  const cut = ["stable assigned 200 reset", "stable mirrored 200 reset", "canary mirrored abandoned"];
  expect(await rig.settled()).toEqual(cut);
});

test("the original's failure is recorded for both of its lines", async () => {
  await rig.start([await rig.dead()], [await service("canary")], mirrored);
  expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 502 /);
  expect(await rig.settled()).toEqual([
    "stable assigned 0 connect",
    "stable mirrored 0 connect",
    "canary mirrored 200",
  ]);
});

test("copies keep their connections, and one that was closed while idle is replaced", async () => {
  let connections = 0;
  const canary = await rig.raw(async (peer) => {
    connections += 1;
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.forget();
    await peer.hears("\r\n\r\n");
    peer.socket.destroy();
  });
  await rig.start([await service("stable")], [canary], mirrored);
  for (let i = 0; i < 4; i++) {
    await rig.ask(get("/", last));
    await rig.settled();
  }
  expect((await rig.settled()).filter((line) => line.startsWith("canary"))).toEqual(
    Array(4).fill("canary mirrored 200"),
  );
  expect(connections).toBe(4);
});

test("upgrades and requests that wait for a 100 are not copied", async () => {
  const copies: string[] = [];
  await rig.start([await service("stable")], [await service("canary", copies)], mirrored);
  await rig.ask(get("/", "Connection: upgrade, close", "Upgrade: x"));
  const client = rig.client();
  client.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n");
  await client.hears("100 Continue");
  client.say("x");
  await client.closed;
  expect(await rig.settled()).toEqual(["stable assigned 200", "stable assigned 200"]);
  expect(copies).toEqual([]);
});
