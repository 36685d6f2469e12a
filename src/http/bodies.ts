/**
 * What requests may carry. A body has the content type its route reads, is UTF-8 and not compressed, but for metrics of
 * OpenTelemetry's exporters, which may be bytes and compressed by gzip; documents stay text, so that mistakes in them are told by line and column. Types that a web page may send without asking first
 * (text/plain, forms) are never among them; but for the form behind a link that acts, whose address no other page can know.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyRequest } from "fastify";
import { SerinError } from "../errors.ts";
import { metricsIn } from "./applications/otlp-bytes.ts";
import { keyGivenTwice } from "./twice.ts";
import { BODY_LIMIT, documentTypes } from "./wire.ts";
import type { App } from "./wiring.ts";

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";
/** Protocol buffers, as OTLP calls them. */
export const BYTES_TYPE = "application/x-protobuf";
const FORM_TYPE = "application/x-www-form-urlencoded";
const GZIP = "gzip";
const accepted = {
  json: [JSON_TYPE],
  document: documentTypes,
  events: [JSON_TYPE, LINES_TYPE],
  metrics: [BYTES_TYPE, JSON_TYPE],
  form: [FORM_TYPE],
} as const;

/** Looks at the head alone, before a byte of the body is read. Throws MEDIA_TYPE, USAGE. */
export function checkBody(request: FastifyRequest): void {
  const { reads } = request.routeOptions.config;
  const { headers } = request;
  if (reads === undefined) {
    const length = Number(headers["content-length"] ?? 0);
    if (length > 0 || headers["transfer-encoding"] !== undefined)
      throw new SerinError("USAGE", "this request takes no body");
    return;
  }
  const types: readonly string[] = accepted[reads];
  const [type = "", ...parameters] = (headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  const wanted = `send Content-Type: ${types.join(" or ")}`;
  if (!types.includes(type))
    throw new SerinError("MEDIA_TYPE", type === "" ? wanted : `${type} is not read here: ${wanted}`);
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))
    throw new SerinError("MEDIA_TYPE", "bodies are UTF-8");
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity" || (encoding === GZIP && reads === "metrics")) return;
  throw new SerinError(
    "MEDIA_TYPE",
    reads === "metrics" ? "bodies are compressed by gzip" : "bodies are not compressed",
  );
}

export const isBytes = ({ headers }: Pick<FastifyRequest, "headers">) =>
  (headers["content-type"] ?? "").toLowerCase().startsWith(BYTES_TYPE);

const gunzipped = promisify(gunzip);

/** A body as it was before it was compressed, which is no larger than others may be. Throws TOO_LARGE, DOCUMENT_UNREADABLE. */
async function plain({ headers }: FastifyRequest, body: Buffer): Promise<Buffer> {
  if (headers["content-encoding"] !== GZIP) return body;
  try {
    return await gunzipped(body, { maxOutputLength: BODY_LIMIT });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
      throw new SerinError("TOO_LARGE", `a request body has at most ${BODY_LIMIT} bytes`, { cause });
    throw new SerinError("DOCUMENT_UNREADABLE", "the body is not compressed by gzip, or was cut short", { cause });
  }
}

function text(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new SerinError("DOCUMENT_UNREADABLE", "the body is not UTF-8", { cause });
  }
}

/** Replaces Fastify's own parsers. */
export function readBodies(app: App): void {
  // Refuses __proto__ and constructor.prototype keys, which JSON.parse lets through.
  const json = app.getDefaultJsonParser("error", "error");
  const jsonIn = (request: FastifyRequest, read: string) =>
    new Promise<unknown>((resolve, reject) => {
      void json(request, read, (thrown, value) => (thrown === null ? resolve(value) : reject(thrown)));
    });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [...documentTypes, LINES_TYPE],
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) => {
      const read = text(await plain(request, body));
      const { reads } = request.routeOptions.config;
      if (reads !== "json" && reads !== "metrics") return read;
      const value = await jsonIn(request, read);
      const twice = keyGivenTwice(read);
      if (twice !== null) throw new SerinError("USAGE", `the body gives the key "${twice}" twice`);
      return value;
    },
  );
  app.addContentTypeParser(BYTES_TYPE, { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
    metricsIn(await plain(request, body)),
  );
  app.addContentTypeParser(FORM_TYPE, { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    Object.fromEntries(new URLSearchParams(text(body))),
  );
}
