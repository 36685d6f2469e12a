/** Moments as files have them. */

/** Epoch seconds are below this until the year 5138, epoch milliseconds above it since 1973. */
const MILLISECONDS_FROM = 1e11;

/** ISO 8601, or epoch seconds or milliseconds; null for anything else. Epoch milliseconds. */
export function instantOf(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    return number >= MILLISECONDS_FROM ? number : number * 1000;
  }
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return null;
  // without a zone it is UTC, as logs and databases have it
  const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}
