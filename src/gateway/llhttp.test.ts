/**
 * Our parsers against llhttp: whatever ours accept, llhttp accepts too and understands the same way, byte for byte. So a
 * backend on Node never reads a message differently from the gateway.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Message, llhttpAnswers, llhttpRequests } from "../../test/gateway/llhttp.ts";
import { mangledAnswers, mangledRequests } from "../../test/gateway/mangled.ts";
import { AnswerHead } from "./answer.ts";
import { Body } from "./body.ts";
import { forwardRequest, requestRoom } from "./forward.ts";
import type { Head } from "./head.ts";
import { RequestHead } from "./request.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_607);
const numRuns = Number(process.env.SERIN_TEST_RUNS ?? 4000);

function fieldsOf(head: Head): string[] {
  const name = (index: number) => head.bytes.toString("latin1", head.nameAt[index], head.nameEnd[index]);
  return Array.from({ length: head.count }, (_, index) => [name(index), head.value(index)]).flat();
}

/** Takes a body from bytes[at, end) with its framing removed; the position behind it. */
function take(body: Body, into: Message, bytes: Buffer, at: number): number {
  const chunked = body.take(bytes, at, bytes.length);
  const payload = body.payloadEnd > 0 ? body.payloadEnd : chunked;
  into.body = bytes.toString("latin1", at, payload);
  into.complete = body.done;
  return chunked;
}

/** The requests that the gateway finds in what a client sends, up to its first objection. */
function ourRequests(input: Buffer): Message[] {
  const found: Message[] = [];
  const bytes = Buffer.from(input);
  const head = new RequestHead();
  for (let at = 0; at < bytes.length;) {
    const behind = head.parse(bytes, at, bytes.length, 8192);
    if (behind <= 0) break;
    const target = bytes.toString("latin1", head.targetAt, head.targetEnd);
    const message: Message = { start: `${head.method} ${target}`, fields: fieldsOf(head), body: "", complete: false };
    const body = new Body();
    if (head.chunked) body.chunked(true);
    else body.sized(Math.max(0, head.contentLength));
    found.push(message);
    at = take(body, message, bytes, behind);
    if (!body.done || !head.keepsAlive) break;
  }
  return found;
}

/** The same for what a backend sends in answer to one request, before it closes. */
function ourAnswers(input: Buffer, headOnly: boolean): Message[] {
  const found: Message[] = [];
  const bytes = Buffer.from(input);
  const head = new AnswerHead();
  for (let at = 0; at < bytes.length;) {
    at = head.parse(bytes, at, bytes.length);
    if (at <= 0 || head.status === 101) break;
    const message: Message = { start: String(head.status), fields: fieldsOf(head), body: "", complete: true };
    found.push(message);
    if (head.status < 200) continue;
    const body = new Body();
    body.expect(head, headOnly, true);
    take(body, message, bytes, at);
    message.complete = body.done || body.endsAtClose;
    break;
  }
  return found;
}

function expectNoLooser(ours: readonly Message[], theirs: readonly Message[]): void {
  for (const [i, our] of ours.entries()) {
    const their = theirs[i];
    expect(their, "accepted by ours alone").toBeDefined();
    expect({ start: our.start, fields: our.fields }).toEqual({ start: their.start, fields: their.fields });
    if (our.complete) expect(their).toEqual(our);
    else expect(their.body.startsWith(our.body)).toBe(true);
  }
}

test("requests, right and wrong: never looser than llhttp", async () => {
  let [inputs, accepted, bodies] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(mangledRequests, async (bytes) => {
      const ours = ourRequests(bytes);
      inputs += 1;
      accepted += ours.length > 0 ? 1 : 0;
      bodies += ours.some(({ body, complete }) => complete && body !== "") ? 1 : 0;
      expectNoLooser(ours, await llhttpRequests(bytes));
    }),
    { seed, numRuns },
  );
  // a parser that refuses everything would pass too
  expect(accepted / inputs).toBeGreaterThan(0.2);
  expect(bodies / inputs).toBeGreaterThan(0.05);
});

test("answers, right and wrong: never looser than llhttp", async () => {
  let [inputs, accepted, bodies] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(mangledAnswers, fc.constantFrom("GET", "HEAD"), async (bytes, method) => {
      const ours = ourAnswers(bytes, method === "HEAD");
      inputs += 1;
      accepted += ours.some(({ start }) => start >= "200") ? 1 : 0;
      bodies += ours.some(({ body, complete }) => complete && body !== "") ? 1 : 0;
      expectNoLooser(ours, await llhttpAnswers(bytes, method));
    }),
    { seed, numRuns },
  );
  expect(accepted / inputs).toBeGreaterThan(0.2);
  expect(bodies / inputs).toBeGreaterThan(0.05);
});

test("what goes on to a backend is what came in: llhttp reads the same request, hop by hop fields aside", async () => {
  const added = /^(x-forwarded-(for|proto|host)|x-request-id|host|connection|upgrade|expect)$/i;
  const hops = /^(connection|keep-alive|te|upgrade|proxy-.*)$/i;
  const pairs = (fields: readonly string[], without: RegExp) =>
    fields.flatMap((name, i) => (i % 2 === 0 && !without.test(name) ? [`${name}: ${fields[i + 1]}`] : []));
  await fc.assert(
    fc.asyncProperty(mangledRequests, async (bytes) => {
      const head = new RequestHead();
      const behind = head.parse(bytes, 0, bytes.length, 8192);
      fc.pre(behind > 0 && !head.nominates);
      const target = Buffer.alloc(requestRoom(head) + bytes.length);
      const peer = { address: "192.0.2.1", local: "127.0.0.1:80" };
      const end = forwardRequest(head, peer, false, () => "id", target, 0);
      bytes.copy(target, end, behind);
      const [sent] = await llhttpRequests(target.subarray(0, end + bytes.length - behind));
      const [ours] = ourRequests(bytes);
      expect(sent.start.split(" ")[0]).toBe(head.method);
      expect(pairs(sent.fields, added)).toEqual(pairs(ours.fields, new RegExp(`${added.source}|${hops.source}`, "i")));
      if (ours.complete)
        expect({ body: sent.body, complete: sent.complete }).toEqual({ body: ours.body, complete: true });
    }),
    { seed, numRuns },
  );
});

const attacks: readonly string[] = [
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nZ\r\nQ\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\nZ\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\n: chunked\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nX: x\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\n0",
  "GET / HTTP/1.1\r\nHost: a\r\n\rX-Smuggled: 1\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\tTransfer-Encoding: chunked\r\n\r\n",
];
test.each(attacks)("%j is refused before anything of it is passed on", (text) => {
  const complete = ourRequests(Buffer.from(text, "latin1")).filter((message) => message.complete);
  expect(complete).toEqual([]);
});

const fine: readonly string[] = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /a/b?c=d&e=%20 HTTP/1.1\r\nhost: shop.example:8080\r\nAccept: */*\r\nX-Empty:\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5;name=value;q="a \\" b"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n',
  "\r\nGET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.0\r\n\r\n",
  "QUERY /search HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nq1",
];
test.each(fine)("%j is understood, and as llhttp does", async (text) => {
  const bytes = Buffer.from(text, "latin1");
  const ours = ourRequests(bytes);
  expect(ours.every(({ complete }) => complete)).toBe(true);
  expect(ours).toEqual(await llhttpRequests(bytes));
});
