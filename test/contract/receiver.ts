/** A receiver of messages on a real socket, which answers as it is told to. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTls } from "node:https";
import type { AddressInfo } from "node:net";

export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a receiver does with a request whose body has arrived; nothing: it answers 200. */
export type Answer = (response: ServerResponse, arrived: Arrived) => void;

export const status =
  (code: number, body = "", headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(body);

export class Receiver implements AsyncDisposable {
  readonly arrived: Arrived[] = [];
  /** How many connections the other side has closed while an answer was under way. */
  gone = 0;
  answer: Answer = status(200, "ok");
  /** Answers by itself what it says yes to; that is not remembered. */
  aside: (response: ServerResponse, arrived: Arrived) => boolean = () => false;
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(scheme: string, make: (listener: RequestListener) => Server) {
    this.#scheme = scheme;
    this.#server = make((request, response) => void this.#take(request, response));
  }

  static async open(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
    const make = (listener: RequestListener) => (tls === undefined ? createServer(listener) : createTls(tls, listener));
    const receiver = new Receiver(tls === undefined ? "http" : "https", make);
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = "/"): string {
    return `${this.#scheme}://127.0.0.1:${this.port}${path}`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("close", () => {
      if (!response.writableFinished) this.gone += 1;
    });
    const { method = "", url: path = "", headers } = request;
    const body = (await request.toArray()).map(String).join("");
    const arrived = { method, path, headers, body };
    if (this.aside(response, arrived)) return;
    this.arrived.push(arrived);
    this.answer(response, arrived);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
