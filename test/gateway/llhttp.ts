/** Node's own parser, llhttp, asked through node:http on invented connections. It is what ours must never be looser than. */
import { type IncomingMessage, createServer, request } from "node:http";
import { Duplex } from "node:stream";

/** One message as a parser understood it. */
export interface Message {
  /** "GET /path" or "200". */
  readonly start: string;
  /** name, value, name, value. */
  readonly fields: readonly string[];
  body: string;
  complete: boolean;
}

/** A connection with us at the other end. */
class Line extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** Lets streams and parsers do what they have put off. */
async function settle(line: Line): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  line.destroy();
}

function follow(message: IncomingMessage, start: string): Message {
  const kept: Message = { start, fields: message.rawHeaders, body: "", complete: false };
  message.on("data", (chunk: Buffer) => (kept.body += chunk.toString("latin1")));
  message.on("end", () => (kept.complete = true));
  message.on("error", () => {});
  return kept;
}

/** The requests that llhttp finds in what a client sends, up to its first objection. */
export async function llhttpRequests(bytes: Buffer): Promise<Message[]> {
  const found: Message[] = [];
  const server = createServer({ requestTimeout: 0, headersTimeout: 0 });
  server.on("request", (message) => found.push(follow(message, `${message.method} ${message.url}`)));
  server.on("clientError", () => {});
  const line = new Line();
  line.on("error", () => {});
  server.emit("connection", line);
  line.push(bytes);
  await settle(line);
  return found;
}

/** The answers, interim ones too, that llhttp finds in what a backend sends in answer to one request before it closes. */
export async function llhttpAnswers(bytes: Buffer, method: string): Promise<Message[]> {
  const found: Message[] = [];
  const line = new Line();
  line.on("error", () => {});
  const asked = request({ method, host: "a", createConnection: () => line });
  asked.on("error", () => {});
  asked.on("information", (message) =>
    found.push({ start: String(message.statusCode), fields: message.rawHeaders, body: "", complete: true }),
  );
  asked.on("response", (message) => found.push(follow(message, String(message.statusCode))));
  asked.end();
  await new Promise((resolve) => setImmediate(resolve));
  line.push(bytes);
  line.push(null);
  await settle(line);
  return found;
}
