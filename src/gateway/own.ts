/** Answers that the gateway gives itself: refusals, and what a client gets when no backend gave an answer. */
import { STATUS_CODES } from "node:http";

export interface OwnAnswer {
  readonly status: number;
  /** One sentence; the client reads it. */
  readonly why: string;
  /** Whether the connection ends behind it. */
  readonly closes: boolean;
  /** A client of HTTP/1.0 must be told that the connection stays. */
  readonly old: boolean;
  /** The head only: what HEAD gets. */
  readonly bodiless: boolean;
  readonly setCookie: string | null;
  readonly nowMs: number;
}

/** More than an own answer is long, its cookie aside. */
export const OWN_ROOM = 1024;

/** Writes it to target at `at`; where it ends. */
export function putOwn(answer: OwnAnswer, target: Buffer, at: number): number {
  const { status, why, closes, old, bodiless, setCookie, nowMs } = answer;
  const reason = STATUS_CODES[status] ?? "";
  const body = `${status} ${reason}: ${why}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${reason}`,
    `Date: ${new Date(nowMs).toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "Cache-Control: no-store",
  ];
  if (status === 405) lines.push("Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
  if (status === 503) lines.push("Retry-After: 1");
  if (setCookie !== null) lines.push(`Set-Cookie: ${setCookie}`);
  if (closes) lines.push("Connection: close");
  else if (old) lines.push("Connection: keep-alive");
  return at + target.write(`${lines.join("\r\n")}\r\n\r\n${bodiless ? "" : body}`, at, "latin1");
}
