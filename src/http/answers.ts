/** How what goes wrong is answered: every error in one shape, with the code and the status of the table in `errors.ts`. */
import type { Socket } from "node:net";
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { asSerinError, SerinError, type ErrorCode } from "../errors.ts";
import { refusalBytes } from "./applications/otlp-bytes.ts";
import { BYTES_TYPE, isBytes } from "./bodies.ts";
import type { Log } from "./log.ts";
import { BODY_LIMIT, type ErrorBody } from "./wire.ts";

/** Largest head of a request, bytes. */
export const HEAD_LIMIT = 16_384;

/** Headers of every answer: it is read by programs, kept by nobody, framed and sniffed by nobody. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

export function errorBody(error: SerinError): ErrorBody {
  const { code, details, kind } = error;
  // What is behind a defect belongs in the log; people outside get a sentence.
  const message = code === "INTERNAL" ? "Serin met a defect of its own; its log says more" : error.message;
  // A document's mistakes carry its text along for those who print it; whoever sent it has it.
  const { text: _text, ...rest } = details;
  const extras = code === "INTERNAL" || Object.keys(rest).length === 0 ? {} : { details: rest };
  return { error: { code, message, ...extras, retry: kind.retry } };
}

/** What Fastify itself throws, in our codes. Anything else that it throws with a 4xx status is a malformed request. */
const frameworkCodes: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["TOO_LARGE", `a request body has at most ${BODY_LIMIT} bytes`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["MEDIA_TYPE", "the body's content type is not read here"],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["USAGE", "the body is empty and its content type promises JSON"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["USAGE", "the body is not as long as its Content-Length says"],
  FST_ERR_HANDLER_TIMEOUT: ["UNREACHABLE", "the answer took too long; the server may be overloaded"],
};

export function fromFramework(thrown: FastifyError): SerinError {
  if (hasZodFastifySchemaValidationErrors(thrown)) return invalid(thrown);
  const known = frameworkCodes[thrown.code];
  if (known !== undefined) return new SerinError(known[0], known[1], { cause: thrown });
  const status = thrown.statusCode ?? 500;
  return asSerinError(thrown, status >= 400 && status < 500 ? "USAGE" : "INTERNAL");
}

interface Issue {
  readonly instancePath: string;
  readonly message?: string;
}

/** Values that do not fit their schema: all of them, with their places. */
function invalid(thrown: { readonly validation: readonly Issue[]; readonly validationContext?: string }): SerinError {
  const part = thrown.validationContext === "querystring" ? "query" : (thrown.validationContext ?? "request");
  const problems = thrown.validation.map(({ instancePath, message }) => ({
    path: [part, ...instancePath.split("/").filter((word) => word !== "")].join("."),
    message: message ?? "not as expected",
  }));
  const sentence = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new SerinError("USAGE", sentence, { details: { problems } });
}

/** Answers a request with what was thrown. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const error = thrown instanceof SerinError ? thrown : fromFramework(thrown as FastifyError);
  if (error.kind.http >= 500) {
    const cause = error.cause instanceof Error ? error.cause.stack : undefined;
    log("error", error.message, { code: error.code, route: request.routeOptions.url, cause });
  }
  if (error.code === "UNAUTHORIZED") void reply.header("www-authenticate", 'Bearer realm="serin"');
  if (error.code === "TOO_MANY") void reply.header("retry-after", "5");
  void reply.code(error.kind.http).headers(securityHeaders);
  const body = errorBody(error);
  if (request.routeOptions.config.reads === "metrics" && isBytes(request))
    return reply.type(BYTES_TYPE).send(refusalBytes(body.error.message));
  return reply.type("application/json; charset=utf-8").send(body);
}

function bytesError(code: string | undefined): SerinError {
  if (code === "HPE_HEADER_OVERFLOW")
    return new SerinError("TOO_LARGE", `a request's head has at most ${HEAD_LIMIT} bytes`);
  const late = code === "ERR_HTTP_REQUEST_TIMEOUT";
  return new SerinError("USAGE", late ? "the request did not arrive in time" : "HTTP/1.1 knows no such request");
}

/** Bytes that are no HTTP at all: answered on the bare socket, which is then closed. */
export function refuseBytes(thrown: Error & { code?: string }, socket: Socket): void {
  if (thrown.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const error = bytesError(thrown.code);
  const { http } = error.kind;
  const body = JSON.stringify(errorBody(error));
  const headers = Object.entries({
    ...securityHeaders,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([key, value]) => `${key}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${http} ${STATUS_CODES[http]}\r\n${headers.join("")}\r\n${body}`);
}
