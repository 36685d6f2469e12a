/**
 * `npm run screenshots`: every screen, light and dark, wide and narrow, into docs/screenshots. The street stands nearly still
 * at one invented moment, so that pictures change only when the dashboard does. `npm run screenshots -- fleet why` takes
 * those alone.
 */
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import sharp from "sharp";
import { openStreet, screens } from "../../test/web/screens.ts";
import { builtDashboard } from "../../src/http/dashboard.ts";
import type { Stage } from "./stage.ts";

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const executablePath = process.env["SERIN_CHROMIUM"] ?? "/usr/bin/chromium";
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const wanted = process.argv.slice(2);

const sizes = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 740 } } as const;
type Size = keyof typeof sizes;
type Theme = "light" | "dark";

/** A narrow picture of a long page is cut here: nobody looks further. */
const LONGEST = { wide: 1500, narrow: 1500 } as const;

async function shoot(browser: Browser, stage: Stage, theme: Theme, size: Size): Promise<void> {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    timezoneId: "UTC",
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  for (const screen of screens.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    await page.goto(stage.url + (await screen.path(stage)));
    await page.locator(screen.ready).first().waitFor();
    // charts are drawn a moment after their data has come
    await page.waitForTimeout(700);
    const height = await page.evaluate<number>("document.documentElement.scrollHeight");
    const clip = { x: 0, y: 0, width: sizes[size].width, height: Math.min(LONGEST[size], Math.max(height, 400)) };
    const picture = await page.screenshot({ fullPage: true, clip });
    // A palette is enough for a page of few colours, and a quarter of the bytes.
    await sharp(picture)
      .png({ palette: true, colours: 96, effort: 10 })
      .toFile(`${folder}${screen.name}-${theme}-${size}.png`);
    process.stdout.write(`${screen.name} ${theme} ${size}\n`);
  }
  await context.close();
}

if (!existsSync(builtDashboard)) throw new Error("build the dashboard first: npm run web:build");
mkdirSync(folder, { recursive: true });
await using stage = await openStreet(builtDashboard, Date.UTC(2026, 5, 1, 12));
const browser = await chromium.launch({ executablePath, args });
for (const theme of ["light", "dark"] as const)
  for (const size of ["wide", "narrow"] as const) await shoot(browser, stage, theme, size);
await browser.close();
