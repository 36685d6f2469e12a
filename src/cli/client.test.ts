/** The client before servers that are well, foreign, newer, silent or gone. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { events, viewOf } from "../../test/cli/fixtures.ts";
import { SerinError } from "../errors.ts";
import { Client, type Streamed } from "./client.ts";

const shell = {
  fetch,
  user: "anna",
  now: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, Math.min(ms, 20));
      signal?.addEventListener("abort", () => resolve());
    }),
};

/** A server that answers as it is told; what it was asked. */
async function serve(listener: RequestListener, port = 0) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: at } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { port: at, url: `http://127.0.0.1:${at}`, close, [Symbol.asyncDispose]: close };
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  };
const clientOf = (url: string, token: string | null = null) => new Client({ url, token }, shell);

async function failure(listener: RequestListener): Promise<SerinError> {
  await using server = await serve(listener);
  const thrown: unknown = await clientOf(server.url)
    .get("shop")
    .then(
      () => null,
      (error: unknown) => error,
    );
  expect(thrown).toBeInstanceOf(SerinError);
  return thrown as SerinError;
}

test("answers are checked, and a newer server may say more", async () => {
  await using server = await serve(
    json(200, { ...viewOf(), mood: "sunny", gates: [{ ...viewOf().gates[0], colour: "red" }] }),
  );
  expect((await clientOf(server.url).get("shop")).name).toBe("shop");
});

const refusal = (code: string, message = "no") => ({ error: { code, message, retry: false } });

test.each<[what: string, listener: RequestListener, code: string, words: RegExp]>([
  ["an answer that is none of ours", json(200, { name: "shop" }), "INTERNAL", /does not understand \(phase/],
  ["a page of somebody else", json(200, "<html>"), "INTERNAL", /is not a Serin server/],
  ["somebody else's refusal", json(404, "nginx"), "UNREACHABLE", /is not a Serin server: it said 404/],
  ["a redirect is not followed", json(302, ""), "UNREACHABLE", /is not a Serin server/],
  [
    "our refusal",
    json(404, refusal("NOT_FOUND", "there is no rollout named shop")),
    "NOT_FOUND",
    /^there is no rollout/,
  ],
  [
    "a code that only newer servers know",
    json(409, refusal("FROZEN", "frozen until Monday")),
    "CONFLICT",
    /^frozen until Monday \(FROZEN\)$/,
  ],
  ["an unknown code and a server in trouble", json(500, refusal("FIRE")), "UNREACHABLE", /FIRE/],
  ["a connection that is cut", (request) => request.socket.destroy(), "UNREACHABLE", /no Serin server answers/],
])("%s", async (_what, listener, code, words) => {
  const error = await failure(listener);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
});

test("nobody there: which address, why, and what to do", async () => {
  const { url, close } = await serve(json(200, {}));
  await close();
  const client = new Client({ url, token: null, hint: "start one" }, shell);
  await expect(client.version()).rejects.toMatchObject({
    code: "UNREACHABLE",
    message: expect.stringMatching(/127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    details: { hint: "start one" },
  });
});

test("a token is shown as bearer, and without one the user is named", async () => {
  const seen: (string | undefined)[][] = [];
  await using server = await serve((request, response) => {
    seen.push([request.headers.authorization, request.headers["serin-user"]?.toString()]);
    json(200, { rollouts: [] })(request, response);
  });
  await clientOf(server.url).list();
  await clientOf(server.url, "secret").list();
  expect(seen).toEqual([
    [undefined, "anna"],
    ["Bearer secret", undefined],
  ]);
});

test("the journal is read page by page", async () => {
  const all = Array.from({ length: 1203 }, (_, i) => ({ ...events[0], seq: i + 1 }));
  await using server = await serve((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    const [after, limit] = [Number(query.get("after")), Number(query.get("limit"))];
    const page = all.filter(({ seq }) => seq > after).slice(0, limit);
    json(200, { events: page, next: page.at(-1)?.seq ?? after })(request, response);
  });
  const found: number[] = [];
  for await (const { seq } of clientOf(server.url).journal("shop", 3)) found.push(seq);
  expect(found).toEqual(all.slice(3).map(({ seq }) => seq));
});

const block = (seq: number) => `id: ${seq}\nevent: resumed\ndata: ${JSON.stringify({ ...events[0], seq })}\n\n`;

/** Gives two events a connection and breaks it off, sometimes in the middle of a third. */
const breakingOff =
  (asked: (string | undefined)[]): RequestListener =>
  (request, response) => {
    const last = request.headers["last-event-id"]?.toString();
    asked.push(last);
    const from = last === undefined ? 100 : Number(last);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(last === undefined ? "id: 100\n\n" : "");
    response.write(block(from + 1) + block(from + 2));
    response.write(block(from + 3).slice(0, 30), () => request.socket.destroy());
  };

test("a stream that breaks off is taken up where it was, without loss or repetition", async () => {
  const asked: (string | undefined)[] = [];
  await using server = await serve(breakingOff(asked));
  const enough = new AbortController();
  const found: Streamed[] = [];
  for await (const next of clientOf(server.url).stream({ rollout: "shop", signal: enough.signal })) {
    found.push(next);
    if ("event" in next && next.event.seq >= 107) enough.abort();
  }
  expect(found.flatMap((next) => ("at" in next ? [next.at] : []))).toEqual([100]);
  const seqs = found.flatMap((next) => ("event" in next ? [next.event.seq] : []));
  expect(seqs.slice(0, 7)).toEqual([101, 102, 103, 104, 105, 106, 107]);
  expect(asked.slice(0, 3)).toEqual([undefined, "102", "104"]);
  expect(found.some((next) => "lost" in next)).toBe(true);
});

test("a stream survives the server's restart, and gives up only when its patience is over", async () => {
  let server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(`id: 1\n\n${block(2)}`);
  });
  const { port, url } = server;
  const seqs: number[] = [];
  let lost = 0;
  const end = new AbortController();
  for await (const next of clientOf(url).stream({ signal: end.signal })) {
    if ("lost" in next) {
      lost += 1;
      server = await serve((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(block(3));
      }, port);
    }
    if (!("event" in next)) continue;
    seqs.push(next.event.seq);
    if (next.event.seq === 2) await server.close();
    if (next.event.seq === 3) end.abort();
  }
  expect(seqs).toEqual([2, 3]);
  expect(lost).toBe(1);
  await server.close();
  const impatient = async () => {
    for await (const _ of clientOf(url).stream({ signal: AbortSignal.timeout(5000), patienceMs: 0 }))
      expect.unreachable();
  };
  await expect(impatient()).rejects.toMatchObject({ code: "UNREACHABLE" });
});

test("a stream that is refused for good is not asked for again", async () => {
  let times = 0;
  await using server = await serve((request, response) => {
    times += 1;
    json(401, refusal("UNAUTHORIZED"))(request, response);
  });
  const all = async () => {
    for await (const _ of clientOf(server.url).stream({ signal: AbortSignal.timeout(5000) })) expect.unreachable();
  };
  await expect(all()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(times).toBe(1);
});

test("where the journal stands", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("id: 41\n\n");
  });
  expect(await clientOf(server.url).lastSeq()).toBe(41);
});
