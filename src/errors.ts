/**
 * Every error Serin can answer with, once: a stable code, the HTTP status the API gives it, the exit code the
 * CLI ends with, and whether trying again can help. `docs/reference/errors.md` is generated from this table.
 *
 * Exit codes: 0 promoted/ok, 1 internal, 2 usage, 3 rolled back for harm, 4 login or permission,
 * 5 ended without enough evidence, 6 could not measure, 7 aborted by a person, 8 still running or waiting, 130 interrupted.
 */

/** What the table says about one code. */
export interface ErrorKind {
  /** When it happens, as the docs table says it. */
  readonly when: string;
  readonly http: number;
  readonly exit: number;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retry: boolean;
}

const kinds = {
  // what people wrote
  DOCUMENT_INVALID: { when: "a Rollout document does not fit the schema", http: 422, exit: 2, retry: false },
  DOCUMENT_UNREADABLE: {
    when: "a document is too large, not UTF-8, or not YAML/JSON",
    http: 400,
    exit: 2,
    retry: false,
  },
  USAGE: { when: "a command or a request is malformed", http: 400, exit: 2, retry: false },
  FILE_NOT_FOUND: { when: "a named file does not exist or cannot be read", http: 400, exit: 2, retry: false },
  ENVIRONMENT_INVALID: { when: "an environment variable has an impossible value", http: 500, exit: 2, retry: false },
  SECRET_MISSING: {
    when: "a secret names a variable, a file or a secret of the cluster that is not there",
    http: 422,
    exit: 2,
    retry: false,
  },
  // asking
  NOT_FOUND: { when: "no rollout, gate or record has that name", http: 404, exit: 1, retry: false },
  CONFLICT: { when: "the request does not fit what the rollout is doing now", http: 409, exit: 1, retry: false },
  UNAUTHORIZED: { when: "no token, or a wrong one", http: 401, exit: 4, retry: false },
  FORBIDDEN: { when: "the token's role does not allow the act", http: 403, exit: 4, retry: false },
  METHOD_NOT_ALLOWED: { when: "the path exists and does not know the method", http: 405, exit: 1, retry: false },
  MEDIA_TYPE: {
    when: "a request body has a content type or encoding that is not read there",
    http: 415,
    exit: 2,
    retry: false,
  },
  TOO_MANY: { when: "as many live streams are open as the server allows", http: 503, exit: 1, retry: true },
  TOO_LARGE: { when: "a request body or head exceeds its limit", http: 413, exit: 2, retry: false },
  UNREACHABLE: { when: "the Serin server did not answer", http: 503, exit: 1, retry: true },
  TIMEOUT: { when: "waiting ended before the rollout did", http: 504, exit: 8, retry: true },
  // remembering
  DATABASE_CORRUPT: { when: "the database file is damaged", http: 500, exit: 1, retry: false },
  DATABASE_NEWER: { when: "the database was written by a newer Serin", http: 500, exit: 1, retry: false },
  DATABASE_BUSY: { when: "another process holds the database", http: 503, exit: 1, retry: true },
  DATABASE_UNWRITABLE: { when: "the disk is full, failing or read-only", http: 507, exit: 1, retry: true },
  // acting
  ADDRESS_IN_USE: { when: "something else listens on the address", http: 500, exit: 1, retry: false },
  ADDRESS_REFUSED: {
    when: "the system does not let the gateway listen on the address: no such address here, or a port for others",
    http: 500,
    exit: 2,
    retry: false,
  },
  GATEWAY_UNREACHABLE: { when: "the gateway process does not answer", http: 503, exit: 6, retry: true },
  SOURCE_FAILED: { when: "a metric source could not be asked", http: 502, exit: 6, retry: true },
  NOTIFIER_FAILED: { when: "a message could not be delivered", http: 502, exit: 1, retry: true },
  // mathematics
  STATISTICS_INPUT: { when: "numbers that cannot be counts, shares or rates", http: 500, exit: 1, retry: false },
  INTERNAL: { when: "a defect in Serin", http: 500, exit: 1, retry: false },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

export const errorKinds: Readonly<Record<ErrorCode, ErrorKind>> = kinds;

/** The one error class. `message` is a sentence for people; `details` are machine-readable extras (never secrets). */
export class SerinError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SerinError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get kind(): ErrorKind {
    return errorKinds[this.code];
  }
}

/** Anything thrown, as a SerinError: unknown values become INTERNAL and keep their cause. */
export function asSerinError(thrown: unknown, code: ErrorCode = "INTERNAL"): SerinError {
  if (thrown instanceof SerinError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SerinError(code, message, { cause: thrown });
}
