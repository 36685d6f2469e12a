/** Asking the API over real sockets. Every answer is held against what the server's own OpenAPI page promises of it. */
import { connect } from "node:net";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import type { ErrorBody } from "../../src/http/wire.ts";
import { createWorld, type World } from "./world.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, where it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of many shapes
  readonly body: any;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Api extends AsyncDisposable {
  readonly world: World;
  readonly url: string;
  readonly port: number;
  readonly ask: (path: string, asking?: Asking) => Promise<Answer>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly put: (path: string, yaml: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** Writes bytes as they are and gives all that comes back until the server closes or falls silent. */
  readonly raw: (bytes: string | Uint8Array, silenceMs?: number) => Promise<string>;
}

export async function openApi(more: Parameters<typeof createWorld>[0] = {}, address = "127.0.0.1:0"): Promise<Api> {
  const world = await createWorld(more);
  const url = await world.api.listen(address);
  const port = Number(new URL(url).port);
  const promised = promises(world.api.app.swagger());
  const ask = async (path: string, { method = "GET", headers = {}, body }: Asking = {}): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body: body as string }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    const parsed: unknown = type.startsWith("application/json") && text !== "" ? JSON.parse(text) : undefined;
    promised(method, path, { status: response.status, type, text, body: parsed });
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
  return {
    world,
    url,
    port,
    ask,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    put: (path, yaml, headers = {}) =>
      ask(path, { method: "PUT", headers: { "content-type": "application/yaml", ...headers }, body: yaml }),
    raw: (bytes, silenceMs = 1500) => raw(port, bytes, silenceMs),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

export const codeOf = ({ body }: Answer): string => (body as ErrorBody).error.code;
export const messageOf = ({ body }: Answer): string => (body as ErrorBody).error.message;

export function raw(port: number, bytes: string | Uint8Array, silenceMs: number): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on("data", (data: Buffer) => (heard += data.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard));
  });
}

interface Given {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: unknown;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** Throws when an answer is none of those that the page lists for its operation. */
function promises(page: unknown): (method: string, path: string, given: Given) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: { log: fail, warn: fail, error: fail } });
  ajvFormats.default(ajv);
  ajv.addSchema(page as object, "api");
  const paths = Object.entries((page as { paths: Record<string, Record<string, Operation>> }).paths);
  const known = new Map<string, ValidateFunction>();
  const validator = (pointer: string) => {
    const found = known.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` });
    known.set(pointer, found);
    return found;
  };
  return (method, path, given) => {
    const [pathname] = path.split("?");
    const route = paths.find(([template]) => matches(template, pathname));
    const operation = route?.[1][method === "HEAD" ? "get" : method.toLowerCase()];
    if (route === undefined || operation === undefined) {
      if (given.status >= 400) return check(validator("/components/schemas/ErrorBody"), given, `${method} ${path}`);
      throw new Error(`${method} ${path} answers ${given.status} and is on no page`);
    }
    const answer = String(given.status) in operation.responses ? String(given.status) : "default";
    if (answer === "default" && given.status < 400)
      throw new Error(`${method} ${path}: ${given.status} is not promised`);
    if (method === "HEAD") return;
    const types = Object.keys(operation.responses[answer].content ?? {});
    const type = types.find((one) => given.type.startsWith(one));
    if (types.length === 0) return check(null, given, `${method} ${path}`);
    if (type === undefined) throw new Error(`${method} ${path}: ${given.type} is not among ${types.join(", ")}`);
    if (type !== "application/json") return;
    const steps = ["paths", route[0], method.toLowerCase(), "responses", answer, "content", type, "schema"];
    check(validator(steps.map((step) => `/${escaped(step)}`).join("")), given, `${method} ${path}`);
  };
}

/** What the validator only wonders about, such as a format that nobody knows, is a mistake of the page. */
function fail(...words: readonly unknown[]): never {
  throw new Error(words.map(String).join(" "));
}

const escaped = (step: string) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));

const matches = (template: string, path: string) =>
  new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);

/** null: there is nothing to be in the body. */
function check(valid: ValidateFunction | null, { body, text, status }: Given, what: string): void {
  if (valid === null && text !== "") throw new Error(`${what}: ${status} has a body and should have none`);
  if (valid === null || valid(body)) return;
  throw new Error(
    `${what}: ${status} is not as promised: ${JSON.stringify(valid.errors?.slice(0, 3))}\n${text.slice(0, 500)}`,
  );
}
