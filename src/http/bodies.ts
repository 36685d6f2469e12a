/**
 * What requests may carry. A body has the content type its route reads, is UTF-8 and not compressed; documents stay text,
 * so that mistakes in them are told by line and column. Types that a web page may send without asking first
 * (text/plain, forms) are never among them; but for the form behind a link that acts, whose address no other page can know.
 */
import type { FastifyRequest } from "fastify";
import { SerinError } from "../errors.ts";
import { keyGivenTwice } from "./twice.ts";
import { documentTypes } from "./wire.ts";
import type { App } from "./wiring.ts";

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";
const FORM_TYPE = "application/x-www-form-urlencoded";
const accepted = {
  json: [JSON_TYPE],
  document: documentTypes,
  events: [JSON_TYPE, LINES_TYPE],
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
  if (encoding !== undefined && encoding !== "identity")
    throw new SerinError("MEDIA_TYPE", "bodies are not compressed");
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
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...documentTypes, LINES_TYPE], { parseAs: "buffer" }, (request, body: Buffer, done) => {
    try {
      const read = text(body);
      if (request.routeOptions.config.reads !== "json") return done(null, read);
      void json(request, read, (thrown, value) => {
        const twice = thrown === null ? keyGivenTwice(read) : null;
        if (twice === null) done(thrown, value);
        else done(new SerinError("USAGE", `the body gives the key "${twice}" twice`));
      });
    } catch (thrown) {
      done(thrown as Error);
    }
  });
  app.addContentTypeParser(FORM_TYPE, { parseAs: "buffer" }, (_request, body: Buffer, done) => {
    try {
      done(null, Object.fromEntries(new URLSearchParams(text(body))));
    } catch (thrown) {
      done(thrown as Error);
    }
  });
}
