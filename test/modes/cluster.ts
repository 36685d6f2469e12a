/** A cluster's API as a pod meets it: HTTPS with a certificate of its own, a token that it knows, and secrets. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshCertificate } from "../contract/certificate.ts";

export class FakeCluster {
  /** By "namespace/name": what lies under each key, in plain text. */
  readonly secrets = new Map<string, Record<string, string>>();
  /** The paths that were asked for, oldest first. */
  readonly asked: string[] = [];
  /** Answers in place of the API. */
  instead: ((response: ServerResponse) => void) | null = null;
  /** The folder of the service account. */
  readonly folder = mkdtempSync(join(tmpdir(), "serin-pod-"));
  #token = "";
  readonly #server: ReturnType<typeof createServer>;

  private constructor({ key, cert }: { readonly key: string; readonly cert: string }) {
    this.mount("ca.crt", cert);
    this.mount("namespace", "shops\n");
    this.rotate("the-first-token");
    this.#server = createServer({ key, cert }, ({ url = "", headers }, response) => {
      this.asked.push(url);
      if (this.instead !== null) this.instead(response);
      else this.#answer(url, headers.authorization, response);
    });
  }

  /** Null where there is no openssl to make a certificate with. */
  static async open(): Promise<FakeCluster | null> {
    const certificate = freshCertificate();
    if (certificate === null) return null;
    const cluster = new FakeCluster(certificate);
    cluster.#server.listen(0, "127.0.0.1");
    await once(cluster.#server, "listening");
    return cluster;
  }

  /** What a pod of it has among its variables. */
  get env(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      SERIN_SERVICE_ACCOUNT: this.folder,
    };
  }

  mount(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Only this token is accepted from now on. */
  rotate(token: string): void {
    this.#token = token;
    this.mount("token", token);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answer(url: string, authorization: string | undefined, response: ServerResponse): void {
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(url) ?? [];
    const found = this.secrets.get(`${namespace}/${name}`);
    if (authorization !== `Bearer ${this.#token}`) return failed(response, 401, "Unauthorized");
    if (namespace === "locked") return failed(response, 403, `secrets "${name}" is forbidden`);
    if (found === undefined) return failed(response, 404, `secrets "${name}" not found`);
    const coded = Object.entries(found).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    const secret = { kind: "Secret", apiVersion: "v1", metadata: { name, namespace }, data: Object.fromEntries(coded) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(secret));
  }
}

function failed(response: ServerResponse, code: number, message: string): void {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message, code };
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(status));
}
