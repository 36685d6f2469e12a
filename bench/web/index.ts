/**
 * The dashboard's frames: a fleet of 500 rollouts that all change, and a release of 24 hours in windows of a second, in a real
 * browser, while live news arrives and somebody scrolls and points; beside an empty page in the same browser, which shows what
 * the machine itself leaves over.
 *   npm run web:build && npm run bench -- web
 *   node bench/web/index.ts [--fleet 500] [--hours 24] [--seconds 6]
 */
import { parseArgs } from "node:util";
import { chromium, type Browser, type Page, type Response } from "playwright-core";
import { steady } from "../../src/sim/scenarios/truths.ts";
import type { Player } from "../../web/dev/cast.ts";
import { openStage } from "../../web/dev/stage.ts";
import { framesOf, type Frames } from "./frames.ts";

const { values } = parseArgs({
  options: {
    fleet: { type: "string", default: "500" },
    hours: { type: "string", default: "24" },
    seconds: { type: "string", default: "6" },
  },
});
const seconds = Number(values.seconds);
const executablePath = process.env["SERIN_CHROMIUM"] ?? "/usr/bin/chromium";
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

const spec = (stage: string) => `  stable:
    revision: v1
    backends: [http://127.0.0.1:9001]
  canary:
    revision: v2
    backends: [http://127.0.0.1:9002]
  strategy:
    canary: { weights: [5, 25], stage: ${stage}, early: false }`;

/** Every one of them is released. */
const fleet: readonly Player[] = Array.from({ length: Number(values.fleet) }, (_, i) => ({
  name: `service-${String(i).padStart(3, "0")}`,
  spec: spec("6h"),
  truth: steady(4),
}));
const long: Player = { name: "long", spec: spec("48h"), truth: steady(40) };

const rows: string[] = [];

function tell(what: string, { frames, median, p95, worst, late, dropped, longTasks, script, busy }: Frames): void {
  const ms = (n: number) => n.toFixed(1);
  const part = (n: number) => `${(n * 100).toFixed(1)} %`;
  const cells = [
    what,
    frames,
    ms(median),
    ms(p95),
    ms(worst),
    part(late),
    part(dropped),
    longTasks,
    part(script),
    part(busy),
  ];
  rows.push(`| ${cells.join(" | ")} |`);
  process.stdout.write(`${rows.at(-1)}\n`);
}

const wait = (page: Page) => page.waitForTimeout(seconds * 1000);

/** As a wheel does it: some pixels every few frames, down and up again. */
async function scroll(page: Page): Promise<void> {
  await page.mouse.move(640, 500);
  const until = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < until; i++) {
    await page.mouse.wheel(0, Math.floor(i / 60) % 2 === 0 ? 120 : -120);
    await page.waitForTimeout(30);
  }
}

/** Along the first chart, back and forth; then a part of it is chosen by dragging. */
async function pointAndZoom(page: Page): Promise<void> {
  const chart = page.locator("canvas").first();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (box === null) throw new Error("no chart");
  const y = box.y + box.height / 2;
  const until = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < until; i++) {
    await page.mouse.move(box.x + 90 + ((i * 7) % (box.width - 120)), y);
    if (i % 80 === 40) {
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, y, { steps: 8 });
      await page.mouse.up();
    }
    if (i % 80 === 79) await page.mouse.dblclick(box.x + box.width / 2, y);
    await page.waitForTimeout(16);
  }
}

async function opened(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  return context.newPage();
}

async function nothing(browser: Browser, when: string): Promise<void> {
  const page = await opened(browser);
  await page.setContent(`<body style="height: 40000px; background: linear-gradient(#fff, #888)"></body>`);
  tell(`empty page, still, ${when}`, await framesOf(page, () => wait(page)));
  tell(`empty page, scrolled, ${when}`, await framesOf(page, () => scroll(page)));
  await page.context().close();
}

async function fleetFrames(browser: Browser): Promise<void> {
  await using stage = await openStage({ cast: fleet, speed: 1, playedMs: 5000, now: Date.now() });
  await nothing(browser, "beside the fleet's server");
  const page = await opened(browser);
  await page.goto(stage.url);
  await page.getByRole("button", { name: `All ${values.fleet}` }).waitFor();
  await page.waitForTimeout(1500);
  tell(`fleet of ${values.fleet}, live`, await framesOf(page, () => wait(page)));
  tell(`fleet of ${values.fleet}, live, scrolled`, await framesOf(page, () => scroll(page)));
  await page.context().close();
}

/** While the server still reads the record it answers with a part of it. */
async function seriesOf(response: Response) {
  const text = await response.text().catch(() => "");
  const series =
    text === "" ? null : (JSON.parse(text) as { readonly at: readonly number[]; readonly complete: boolean });
  return { points: series?.at.length ?? 0, complete: series?.complete ?? false, bytes: Buffer.byteLength(text) };
}

async function releaseFrames(browser: Browser): Promise<void> {
  const hours = Number(values.hours);
  const began = performance.now();
  await using stage = await openStage({ cast: [long], speed: 1, playedMs: hours * 3_600_000, now: Date.now() });
  process.stdout.write(`${hours} h were played in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  const page = await opened(browser);
  const whole = page.waitForResponse(
    async (response) => response.url().includes("/series?") && (await seriesOf(response)).complete,
    { timeout: 240_000 },
  );
  await page.goto(`${stage.url}/rollouts/long`);
  const { points, bytes } = await seriesOf(await whole);
  process.stdout.write(`${hours * 3600} windows are sent as ${points} points, ${(bytes / 1000).toFixed(0)} kB\n`);
  await page.locator("canvas").first().waitFor();
  await nothing(browser, "beside the release's server");
  tell(`release of ${hours} h, live`, await framesOf(page, () => wait(page)));
  tell(`release of ${hours} h, live, scrolled`, await framesOf(page, () => scroll(page)));
  tell(`release of ${hours} h, live, pointed at and zoomed`, await framesOf(page, () => pointAndZoom(page)));
  await page.context().close();
}

const browser = await chromium.launch({ executablePath, args });
process.stdout.write(
  "| page | frames | median, ms | p95 | worst | over 16.7 ms | left out | long tasks | script and layout | main thread busy |\n" +
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
);
await fleetFrames(browser);
await releaseFrames(browser);
await browser.close();
