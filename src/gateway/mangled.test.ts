/** Mangled input through the whole data path: nothing that is not HTTP comes out at either end, and nothing is left behind. */
import fc from "fast-check";
import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mangledAnswers, mangledRequests } from "../../test/gateway/mangled.ts";
import { Rig, until } from "../../test/gateway/rig.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_608);
const numRuns = Number(process.env.SERIN_TEST_RUNS ?? 300);

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

test("requests: a backend on Node never finds anything to object to, and every client is answered or let go", async () => {
  const objections: string[] = [];
  const url = await rig.http(
    (request, response) => {
      request.on("error", () => {});
      request.resume().on("end", () => response.end("ok"));
    },
    (server) =>
      server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
        // an upload that was cut off because the rest of it was refused is not malformed
        if (error.code !== "ECONNRESET" && error.code !== "HPE_INVALID_EOF_STATE") objections.push(String(error.code));
        socket.destroy();
      }),
  );
  await rig.start([url], [url], {
    plan: { mirrorWeight: 5000 },
    options: { timeouts: { idle: "300ms", head: "300ms" } },
  });
  await fc.assert(
    fc.asyncProperty(mangledRequests, fc.integer({ min: 1, max: 200 }), async (bytes, piece) => {
      const client = rig.client();
      for (let at = 0; at < bytes.length; at += piece) client.socket.write(bytes.subarray(at, at + piece));
      client.socket.end();
      const answers = await client.closed;
      expect(answers).toMatch(/^(HTTP\/1\.1 \d\d\d [^]*)?$/);
      expect(objections).toEqual([]);
    }),
    { seed, numRuns },
  );
  await rig.settled();
  await until(() => rig.proxy.connections === 0);
});

test("answers: a client on Node reads a whole answer, sees it cut, or is told; it never reads nonsense", async () => {
  let bytes: Buffer = Buffer.alloc(0);
  const url = await rig.raw((peer) => {
    peer.socket.once("data", () => {
      peer.socket.end(bytes);
    });
  });
  await rig.start([url], null);
  const ask = (method: string) =>
    new Promise<string>((resolve) => {
      const asked = request({ method, port: rig.port, agent: false }, (response) => {
        response.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
        response.resume().on("end", () => resolve(String(response.statusCode)));
      });
      asked.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      asked.end();
    });
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(mangledAnswers, fc.constantFrom("GET", "HEAD"), async (mangled, method) => {
      bytes = mangled;
      const outcome = await ask(method);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(outcome).toMatch(/^(\d\d\d|ECONNRESET)$/);
    }),
    { seed, numRuns },
  );
  for (const expected of ["200", "502", "ECONNRESET"]) expect(outcomes.get(expected)).toBeGreaterThan(0);
  await rig.settled();
});
