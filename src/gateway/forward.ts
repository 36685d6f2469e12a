/**
 * Heads as they go on to the next hop: the bytes that came in, less what was for this hop only (RFC 9110 section 7.6.1),
 * plus what the gateway has to say. No Via is added: many servers stop compressing when they see one.
 */
import type { AnswerHead } from "./answer.ts";
import { REQUEST_ID, SPACE, copy, latin, put } from "./bytes.ts";
import { type Head, Kind } from "./head.ts";
import type { RequestHead } from "./request.ts";

const LINE_END = latin("\r\n");
const VERSION = latin(" HTTP/1.1\r\n");
const STATUS_LINE = latin("HTTP/1.1 ");
const HOST = latin("Host: ");
const FORWARDED_FOR = latin("X-Forwarded-For: ");
const FORWARDED_PROTO = latin("X-Forwarded-Proto: http\r\n");
const FORWARDED_HOST = latin("X-Forwarded-Host: ");
const REQUEST_ID_NAME = latin("X-Request-Id: ");
const SET_COOKIE = latin("Set-Cookie: ");
const COMMA = latin(", ");
const CLOSES = latin("Connection: close\r\n");
const STAYS = latin("Connection: keep-alive\r\n");
const TRAILERS = latin("Connection: te\r\nTE: trailers\r\n");
const UPGRADES = latin("Connection: upgrade\r\nUpgrade: ");
const MAX_REQUEST_ID = 128;

/** More than all that is ever added to a head, apart from what is copied from it. */
export const ADDED = 2048;

/** Who is at the other end of a client's connection, and where it came in. */
export interface Peer {
  readonly address: string;
  /** host:port of ours, for clients that name no Host. */
  readonly local: string;
}

/** Bytes that a forwarded request head needs at most. */
export function requestRoom(head: RequestHead): number {
  return 2 * (head.end - head.start) + ADDED;
}

/**
 * Writes a request's head to target at `at`; where it ends. `trusted` says that proxies in front are believed: then what
 * they say of the client stays and is added to, otherwise it is a claim of the client's and goes.
 */
export function forwardRequest(
  head: RequestHead,
  peer: Peer,
  trusted: boolean,
  requestId: () => string,
  target: Buffer,
  at: number,
): number {
  const idStays = markRequest(head, trusted);
  at = putRequestLine(head, target, at);
  at = putFields(head, target, at);
  if (head.host < 0) at = putLine(HOST, peer.local, target, at);
  at = head.claims && trusted ? addForwarded(head, peer, target, at) : putForwarded(head, peer, target, at);
  if (!idStays) at = putLine(REQUEST_ID_NAME, requestId(), target, at);
  if (head.welcomesTrailers) at = put(TRAILERS, target, at);
  if (head.wantsUpgrade) at = putUpgrade(head, target, at);
  return put(LINE_END, target, at);
}

/** Marks what must not go on; whether the request keeps the id that it came with. */
function markRequest(head: RequestHead, trusted: boolean): boolean {
  if (head.claims) dropClaims(head, trusted);
  if (head.requestId >= 0 && isRequestId(head, head.requestId)) return true;
  if (head.requestId !== -1) dropKind(head, Kind.REQUEST_ID);
  return false;
}

function dropClaims(head: RequestHead, trusted: boolean): void {
  dropKind(head, Kind.FORWARDED_FOR);
  if (trusted) return;
  dropKind(head, Kind.CLAIM);
  dropKind(head, Kind.FORWARDED_PROTO);
  dropKind(head, Kind.FORWARDED_HOST);
}

function dropKind(head: Head, kind: number): void {
  for (let index = 0; index < head.count; index++) if (head.kinds[index] === kind) head.drop(index);
}

function isRequestId(head: Head, index: number): boolean {
  const [at, end] = [head.valueAt[index], head.valueEnd[index]];
  if (end === at || end - at > MAX_REQUEST_ID || head.dropped[index] === 1) return false;
  for (let i = at; i < end; i++) if (REQUEST_ID[head.bytes[i]] === 0) return false;
  return true;
}

/** The request line; an absolute-form target in origin form (RFC 9112 section 3.2.2), any version as HTTP/1.1. */
function putRequestLine(head: RequestHead, target: Buffer, at: number): number {
  const { bytes } = head;
  if (!head.absolute && head.minor === 1) return copy(bytes, head.start, head.fieldsAt, target, at);
  at = copy(bytes, head.start, head.targetAt, target, at);
  if (head.absolute && bytes[head.pathAt] !== 0x2f) target[at++] = pathless(head);
  at = copy(bytes, head.absolute ? head.pathAt : head.targetAt, head.targetEnd, target, at);
  return put(VERSION, target, at);
}

/** OPTIONS of a whole server is OPTIONS *; everything else without a path asks for /. */
function pathless(head: RequestHead): number {
  return head.method === "OPTIONS" && head.pathAt === head.targetEnd ? 0x2a : 0x2f;
}

/** The field lines that are not dropped, in runs as long as possible. */
function putFields(head: Head, target: Buffer, at: number): number {
  const { bytes, count, dropped } = head;
  if (head.drops === 0) return copy(bytes, head.fieldsAt, head.end - 2, target, at);
  for (let index = 0; index < count; index++) {
    if (dropped[index] === 1) continue;
    const from = head.lineAt(index);
    while (index < count && dropped[index] === 0) index++;
    at = copy(bytes, from, head.lineAt(index), target, at);
  }
  return at;
}

function putForwarded(head: RequestHead, peer: Peer, target: Buffer, at: number): number {
  at = putLine(FORWARDED_FOR, peer.address, target, at);
  at = put(FORWARDED_PROTO, target, at);
  return head.host < 0 ? at : putHost(head, target, at);
}

function putHost(head: RequestHead, target: Buffer, at: number): number {
  at = put(FORWARDED_HOST, target, at);
  at = copy(head.bytes, head.valueAt[head.host], head.valueEnd[head.host], target, at);
  return put(LINE_END, target, at);
}

/** Appends to the list of believed proxies (one line of all), and fills in what they left out. */
function addForwarded(head: RequestHead, peer: Peer, target: Buffer, at: number): number {
  at = put(FORWARDED_FOR, target, at);
  for (let index = 0; index < head.count; index++) {
    if (head.kinds[index] !== Kind.FORWARDED_FOR || head.valueAt[index] === head.valueEnd[index]) continue;
    at = copy(head.bytes, head.valueAt[index], head.valueEnd[index], target, at);
    at = put(COMMA, target, at);
  }
  at = putText(peer.address, target, at);
  at = put(LINE_END, target, at);
  if (!passes(head, Kind.FORWARDED_PROTO)) at = put(FORWARDED_PROTO, target, at);
  return head.host < 0 || passes(head, Kind.FORWARDED_HOST) ? at : putHost(head, target, at);
}

function passes(head: Head, kind: number): boolean {
  for (let index = 0; index < head.count; index++) {
    if (head.kinds[index] === kind && head.dropped[index] === 0) return true;
  }
  return false;
}

function putUpgrade(head: Head, target: Buffer, at: number): number {
  at = put(UPGRADES, target, at);
  at = copy(head.bytes, head.valueAt[head.upgrade], head.valueEnd[head.upgrade], target, at);
  return put(LINE_END, target, at);
}

/** What an answer's head says of the client's connection; "" where HTTP/1.1 needs no word. */
export type Ending = "" | "close" | "keep-alive" | "upgrade";

/** Bytes that a forwarded answer head needs at most. */
export function answerRoom(head: AnswerHead, setCookie: string | null): number {
  return 2 * (head.end - head.start) + ADDED + (setCookie === null ? 0 : setCookie.length);
}

/** Writes an answer's head to target at `at`; where it ends. `unchunks` says that the chunked coding is taken out. */
export function forwardAnswer(
  head: AnswerHead,
  setCookie: string | null,
  ending: Ending,
  unchunks: boolean,
  target: Buffer,
  at: number,
): number {
  if (unchunks) dropKind(head, Kind.TRANSFER_ENCODING);
  at = putStatusLine(head, target, at);
  at = putFields(head, target, at);
  if (setCookie !== null) at = putLine(SET_COOKIE, setCookie, target, at);
  if (ending === "close") at = put(CLOSES, target, at);
  else if (ending === "keep-alive") at = put(STAYS, target, at);
  else if (ending === "upgrade") at = putUpgrade(head, target, at);
  return put(LINE_END, target, at);
}

/** The gateway speaks for itself in the version (RFC 9112 section 2.3) and always writes the space before the reason. */
function putStatusLine(head: AnswerHead, target: Buffer, at: number): number {
  const { bytes, start } = head;
  if (head.minor === 1 && bytes[start + 12] === SPACE) return copy(bytes, start, head.fieldsAt, target, at);
  at = put(STATUS_LINE, target, at);
  at = copy(bytes, start + 9, start + 12, target, at);
  target[at++] = SPACE;
  at = copy(bytes, head.reasonAt, head.reasonEnd, target, at);
  return put(LINE_END, target, at);
}

function putLine(name: Buffer, value: string, target: Buffer, at: number): number {
  at = put(name, target, at);
  at = putText(value, target, at);
  return put(LINE_END, target, at);
}

/** Short texts, one byte a character; a loop, because calling out costs more. */
function putText(text: string, target: Buffer, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}
