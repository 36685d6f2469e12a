/** The host's end of its socket: lines in, lines out, whoever connects. Only the owner of the data directory can. */
import { existsSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { SerinError } from "../errors.ts";
import { failedOf, MAX_REQUEST, STOPPED, type Reply } from "./control.ts";
import { claim, forget, leftBehind } from "./endpoint.ts";
import { readLines, writeLine } from "./lines.ts";

/** More than any control needs; further ones are turned away. */
const MAX_CONNECTIONS = 64;
/** Who does not read by then is left without a word. */
const GOODBYE_MS = 500;

export interface ServerParts {
  readonly socket: string;
  readonly tmp: string;
  readonly answer: (line: string) => Promise<{ readonly reply: Reply; readonly stop: boolean }>;
  /** Called when the answer to `stop` is out. */
  readonly stopped: () => void;
}

export class ControlServer {
  readonly #parts: ServerParts;
  readonly #connections = new Set<Socket>();
  #server: Server;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = this.#make();
  }

  /** False when another host answers there. */
  listen(): Promise<boolean> {
    return claim(this.#server, this.#parts.socket, this.#parts.tmp);
  }

  /**
   * Makes the socket anew where somebody has removed it (a cleaner of old files, say): nobody would find the gateway
   * again. Whether it can be found; without its folder it cannot.
   */
  async keep(): Promise<boolean> {
    if (leftBehind(this.#parts.socket)) return true;
    if (!existsSync(dirname(this.#parts.socket))) return false;
    this.#server.close();
    this.#server = this.#make();
    return this.listen();
  }

  /** Ends all connections, and says to each that this is meant. */
  async close(): Promise<void> {
    this.#server.close();
    forget(this.#parts.socket);
    const goodbye = (socket: Socket) =>
      new Promise<void>((resolve) => {
        socket.once("close", resolve);
        writeLine(socket, { id: null, ok: STOPPED }, () => socket.destroy());
      });
    const late = new Promise<void>((resolve) => setTimeout(resolve, GOODBYE_MS));
    await Promise.race([Promise.all([...this.#connections].map(goodbye)), late]);
  }

  #make(): Server {
    const server = createServer((socket) => this.#serve(socket));
    server.maxConnections = MAX_CONNECTIONS;
    return server;
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on("close", () => this.#connections.delete(socket));
    // A control may die at any moment: its connection is gone, and that is all.
    socket.on("error", () => socket.destroy());
    readLines(socket, MAX_REQUEST, {
      line: (text) => void this.#answer(socket, text),
      tooLong: () => {
        const error = new SerinError("TOO_LARGE", `a request to a gateway is longer than ${MAX_REQUEST} bytes`);
        writeLine(socket, { id: null, error: failedOf(error) });
        socket.end();
      },
    });
  }

  async #answer(socket: Socket, text: string): Promise<void> {
    const { reply, stop } = await this.#parts.answer(text);
    if (!socket.destroyed) await new Promise<void>((resolve) => writeLine(socket, reply, resolve));
    if (stop) this.#parts.stopped();
  }
}
