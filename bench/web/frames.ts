/** Frames of a page while something is done to it: their times as the page sees them, and what its main thread did meanwhile. */
import type { CDPSession, Page } from "playwright-core";

export interface Frames {
  readonly frames: number;
  /** Milliseconds from one frame to the next. */
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
  /** Parts of all frames: those later than 1/60 s, clock's jitter of half a millisecond apart, and those of which one was left out. */
  readonly late: number;
  readonly dropped: number;
  /** Tasks over 50 ms; the parts of the time in which the main thread ran script or laid out, and in which it worked at all. */
  readonly longTasks: number;
  readonly script: number;
  readonly busy: number;
}

const FRAME_MS = 1000 / 60;
const JITTER_MS = 0.5;

/** Counts frames from now on; they are read by STOP. */
const START = `(() => {
  const seen = { at: [], long: 0, on: true };
  window.seenFrames = seen;
  new PerformanceObserver((list) => (seen.long += list.getEntries().length)).observe({ type: "longtask" });
  const next = (at) => { seen.at.push(at); if (seen.on) requestAnimationFrame(next); };
  requestAnimationFrame(next);
})()`;
const STOP =
  "(() => { window.seenFrames.on = false; return { at: window.seenFrames.at, long: window.seenFrames.long }; })()";

interface Worked {
  readonly task: number;
  readonly script: number;
  readonly at: number;
}

async function worked(session: CDPSession): Promise<Worked> {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  const script = of("ScriptDuration") + of("LayoutDuration") + of("RecalcStyleDuration");
  return { task: of("TaskDuration"), script, at: of("Timestamp") };
}

/** What happens to the frames of a page while `act` acts on it. */
export async function framesOf(page: Page, act: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const before = await worked(session);
  await page.evaluate(START);
  await act();
  const { at, long } = await page.evaluate<{ at: number[]; long: number }>(STOP);
  const after = await worked(session);
  await session.detach();
  const gaps = at.slice(1).map((one, i) => one - at[i]);
  const part = (of: "task" | "script") => (after[of] - before[of]) / (after.at - before.at);
  return { ...summary(gaps), longTasks: long, script: part("script"), busy: part("task") };
}

function summary(gaps: readonly number[]): Omit<Frames, "longTasks" | "script" | "busy"> {
  const sorted = gaps.toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  const part = (over: number) => gaps.filter((gap) => gap > over).length / Math.max(1, gaps.length);
  return {
    frames: gaps.length,
    median: quantile(0.5),
    p95: quantile(0.95),
    worst: sorted.at(-1) ?? 0,
    late: part(FRAME_MS + JITTER_MS),
    dropped: part(1.5 * FRAME_MS),
  };
}
