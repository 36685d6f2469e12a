/** A service of two arms as its own metrics show it, for real scrapers to scrape. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Counter, Histogram, Registry } from "prom-client";

export type Version = "v1" | "v2";

export class Exporter implements AsyncDisposable {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: "shop_requests_total",
    help: "requests",
    labelNames: ["version", "code"],
    registers: [this.registry],
  });
  readonly latency = new Histogram({
    name: "shop_request_duration_seconds",
    help: "latencies",
    labelNames: ["version"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.registry],
  });
  scrapes = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void request;
      void this.registry.metrics().then((text) => {
        this.scrapes += 1;
        response.writeHead(200, { "content-type": this.registry.contentType }).end(text);
      });
    });
  }

  static async open(port = 0): Promise<Exporter> {
    const exporter = new Exporter();
    exporter.#server.listen(port, "127.0.0.1");
    await once(exporter.#server, "listening");
    // a counter is there before its first event; one of failures is not
    for (const version of ["v1", "v2"]) {
      exporter.requests.inc({ version, code: "200" }, 0);
      exporter.latency.zero({ version });
    }
    return exporter;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  serve(version: Version, code: number, seconds: number): void {
    this.requests.inc({ version, code: String(code) });
    this.latency.observe({ version }, seconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
