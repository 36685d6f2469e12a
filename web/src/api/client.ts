/** Asking the API. What it refuses comes back as it was said: a sentence for people and what else there is to it. */
import type { ErrorBody } from "../../../src/http/wire.ts";
import { userName } from "./user.ts";

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    { code, message, details = {} }: { code: string; message: string; details?: Record<string, unknown> },
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, as YAML. */
  readonly text?: string;
  readonly signal?: AbortSignal;
}

/** One call; `path` begins behind /v1. Throws ApiError, with status 0 where nobody answered. */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  const response = await sent(path, asking);
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const refused = (body as ErrorBody | null)?.error;
  throw new ApiError(
    response.status,
    refused
      ? { ...refused, details: refused.details ?? {} }
      : { code: "INTERNAL", message: `the server answered ${response.status} and no reason` },
  );
}

async function sent(path: string, { method = "GET", body, text, signal }: Asking): Promise<Response> {
  const type = body !== undefined ? "application/json" : text !== undefined ? "application/yaml" : null;
  const user = method === "GET" ? null : userName();
  const headers = {
    ...(type === null ? {} : { "content-type": type }),
    ...(user === null ? {} : { "serin-user": encodeURIComponent(user) }),
  };
  const content = body === undefined ? text : JSON.stringify(body);
  try {
    return await fetch(`/v1${path}`, {
      method,
      headers,
      ...(content === undefined ? {} : { body: content }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new ApiError(0, { code: "UNREACHABLE", message: "the server does not answer" });
  }
}
