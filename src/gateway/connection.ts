/** One connection to a host: questions go out, answers come back by their ids. */
import type { Socket } from "node:net";
import { SerinError } from "../errors.ts";
import { MAX_ANSWER, parseReply, PROTOCOL, readError, STOPPED, type Ask, type Question } from "./control.ts";
import { readLines, writeLine } from "./lines.ts";

const unreachable = (why: string, cause?: unknown) =>
  new SerinError("GATEWAY_UNREACHABLE", `the gateway's process ${why}`, cause === undefined ? {} : { cause });

export class Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #closed = Promise.withResolvers<void>();
  #last = 0;
  #open = true;
  #stopped = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#close());
    readLines(socket, MAX_ANSWER, { line: (text) => this.#hear(text), tooLong: () => socket.destroy() });
  }

  get open(): boolean {
    return this.#open;
  }

  /** Resolves when it is gone, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Whether the host said that it ends on purpose. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Keeps the process alive only while something is asked. */
  unref(): void {
    this.#socket.unref();
  }

  /** The answer as it came. Throws what the host threw, or GATEWAY_UNREACHABLE. */
  async ask<A extends Ask>(ask: A, question: Question<A>, patienceMs: number): Promise<unknown> {
    if (!this.#open) throw unreachable("is gone");
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const late = () => waiting.reject(unreachable(`did not answer "${ask}" within ${patienceMs / 1000} s`));
    const timer = setTimeout(late, patienceMs);
    writeLine(this.#socket, { protocol: PROTOCOL, id, ask, with: question });
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #hear(text: string): void {
    try {
      const reply = parseReply(text);
      if (reply.id === null && "ok" in reply) this.#stopped ||= reply.ok === STOPPED;
      const waiting = reply.id === null ? undefined : this.#waiting.get(reply.id);
      if ("error" in reply) waiting?.reject(readError(reply.error));
      else waiting?.resolve(reply.ok);
    } catch (thrown) {
      this.#fail(thrown);
      this.#socket.destroy();
    }
  }

  #close(): void {
    this.#open = false;
    this.#fail(unreachable("ended before it answered"));
    this.#closed.resolve();
  }

  #fail(reason: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
    this.#waiting.clear();
  }
}
