/** Why somebody over the network gave no answer, in words; and when to ask again. */

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "broke the connection off",
  UND_ERR_SOCKET: "broke the connection off",
  ENOTFOUND: "has a host name that nobody knows",
  EAI_AGAIN: "has a host name that could not be looked up",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "could not be connected to in time",
  UND_ERR_CONNECT_TIMEOUT: "could not be connected to in time",
  CERT_HAS_EXPIRED: "shows a certificate that has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "shows a certificate that nobody vouches for",
  SELF_SIGNED_CERT_IN_CHAIN: "shows a certificate that nobody vouches for",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "shows a certificate that nobody vouches for",
  ERR_TLS_CERT_ALTNAME_INVALID: "shows a certificate for another name",
  HTTPParserError: "answered with something that is not HTTP",
  EPROTO: "does not speak TLS as it should",
  ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "does not speak TLS",
};

/** What a failed `fetch` comes to: "refused the connection"; its code where that has no words. */
export function unanswered(error: unknown): { readonly code: string; readonly why: string } {
  const code = codeOf(error);
  return { code, why: causes[code] ?? `failed (${code})` };
}

interface Cause {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: Cause;
  readonly errors?: readonly Cause[];
}

/** fetch hides the reason one or two causes deep; what its parser throws has only a name. */
function codeOf(error: unknown): string {
  for (let at = error as Cause | undefined; at;) {
    if (typeof at.code === "string") return at.code;
    if (at.name === "HTTPParserError") return at.name;
    at = at.cause ?? at.errors?.[0];
  }
  return "no reason given";
}

/** Whatever somebody asks for, they are asked again within the hour. */
const LONGEST_RETRY_MS = 3_600_000;

/** Retry-After in milliseconds, seconds or an HTTP date (RFC 9110 10.2.3); null when there is none to understand. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const date = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : NaN;
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : date - now;
  return Number.isNaN(wait) ? null : Math.round(Math.max(0, Math.min(LONGEST_RETRY_MS, wait)));
}
