/** An answer's head. */
import { expect, test } from "vitest";
import { AnswerHead } from "./answer.ts";
import { refusal } from "./refusal.ts";

function parse(text: string): AnswerHead | string {
  const head = new AnswerHead();
  const behind = head.parse(Buffer.from(text, "latin1"), 0, text.length);
  return behind > 0 ? head : behind === 0 ? "more" : refusal(behind).name;
}

test.each([
  ["HTTP/1.1 200 OK\r\n\r\n", 200, 1],
  ["HTTP/1.0 404 Not Found\r\n\r\n", 404, 0],
  ["HTTP/1.1 200 \r\n\r\n", 200, 1],
  ["HTTP/1.1 200\r\n\r\n", 200, 1],
  ["HTTP/1.1 999 Odd \xff\t\r\n\r\n", 999, 1],
])("%j is %d, minor version %d", (text, status, minor) => {
  expect(parse(text)).toMatchObject({ status, minor });
});

test.each([
  ["HTTP/2.0 200 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.2 200 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1  200 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1 20 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1 2000 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1 2x0 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1 099 OK\r\n\r\n", "status"],
  ["http/1.1 200 OK\r\n\r\n", "statusLine"],
  ["\r\nHTTP/1.1 200 OK\r\n\r\n", "statusLine"],
  ["HTTP/1.1 200 O\0K\r\n\r\n", "controlByte"],
  ["HTTP/1.1 200 OK\n\r\n", "bareLineFeed"],
  ["HTTP/1.1 200 OK\rX: y\r\n\r\n", "bareCarriageReturn"],
  ["HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "spaceBeforeColon"],
  ["HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "folded"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "severalLengths"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "lengthAndCoding"],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "coding"],
  ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "codingInOldVersion"],
  ["HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n", "lastInterim"],
  ["HTTP/1.0 100 Continue\r\n\r\n", "lastInterim"],
  ["HTTP/1.1 200 OK\r\n", "more"],
  ["HTTP/1.1 2", "more"],
  ["", "more"],
])("%j: %s", (text, name) => {
  expect(parse(text)).toBe(name);
});

test.each([
  ["text/event-stream", true],
  ["Text/Event-Stream; charset=utf-8", true],
  ["text/plain", false],
  ["application/json", false],
])("content type %s is an event stream: %s", (type, eventStream) => {
  expect(parse(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`)).toMatchObject({ eventStream });
});

test.each([
  ["timeout=5, max=100", 5],
  ["max=100, timeout=60", 60],
  ["Timeout=7", 7],
  ["max=100", -1],
])("Keep-Alive: %s hints at %d seconds", (value, keepAliveSeconds) => {
  expect(parse(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\n\r\n`)).toMatchObject({ keepAliveSeconds });
});

test("what a 204 says of its body is not passed on", () => {
  expect(parse("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")).toMatchObject({ drops: 1, bodiless: true });
});
