/** Times as people read them. What is wanted of the clock comes in: the server's clock decides, not this machine's. */

/** In one or two units, as the eye takes them in: "42s", "2m 30s", "3h 20m", "5d". */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s}s`;
  const [m, h] = [Math.floor(s / 60), Math.floor(s / 3600)];
  if (m < 60) return s % 60 === 0 || m >= 10 ? `${m}m` : `${m}m ${s % 60}s`;
  if (h < 48) return m % 60 === 0 ? `${h}h` : `${h}h ${m % 60}m`;
  return h % 24 === 0 ? `${Math.floor(h / 24)}d` : `${Math.floor(h / 24)}d ${h % 24}h`;
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const minute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** "14:03:22", in the reader's time zone. */
export const clockOf = (at: number): string => clock.format(at);
/** "14:03" */
export const minuteOf = (at: number): string => minute.format(at);

/** "3 Nov" */
export const shortDayOf = (at: number): string => day.format(at);

/** "14:03:22" today, "3 Nov 14:03" before. */
export function momentOf(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString()
    ? clockOf(at)
    : `${day.format(at)} ${minuteOf(at)}`;
}

export const isoOf = (at: number): string => new Date(at).toISOString();
