/** A real browser before the dashboard as it is built, and what every page must keep: no error, no request to anybody else. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { built, builtInPlace } from "./built.ts";

const executablePath = process.env["SERIN_CHROMIUM"] ?? "/usr/bin/chromium";
const there = existsSync(executablePath);

/** Nothing that a browser does by itself, and no sandbox, which root has not. */
const quiet = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

if (!there && process.env["CI"] !== "true")
  process.stdout.write(
    `There is no browser at ${executablePath}: the dashboard is not tested (apt-get install chromium)\n`,
  );

/** Tests with a browser; left out, with a sentence, where there is none, unless CI wants them all. */
export const inBrowser = (name: string, tests: () => void) =>
  describe.skipIf(!there && process.env["CI"] !== "true")(name, tests);

export interface Opened {
  readonly page: Page;
  /** What went wrong on it by itself. */
  readonly complaints: string[];
}

/** The dashboard as it is now, and a browser for a file of tests. `inPlace`: where the program itself looks for it. */
export function useBrowser({ inPlace = false } = {}) {
  let folder = "";
  const opened: Opened[] = [];
  let browser: Browser | null = null;
  beforeAll(async () => {
    folder = built();
    if (inPlace) builtInPlace();
    browser = await chromium.launch({ executablePath, args: quiet });
  }, 120_000);
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    // A page that complained has failed, whatever it showed.
    expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  return {
    get folder() {
      return folder;
    },
    async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
      if (browser === null) throw new Error("no browser");
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      opened.push({ page, complaints: complaintsOf(page, new URL(url).origin) });
      await page.goto(url);
      return page;
    },
    /** What was complained of is looked at and forgotten: for tests in which something is to go wrong. */
    forgive(page: Page, expected: RegExp): void {
      const found = opened.find((one) => one.page === page);
      if (found === undefined) return;
      const others = found.complaints.filter((complaint) => !expected.test(complaint));
      found.complaints.splice(0, found.complaints.length, ...others);
    },
  };
}

/** A server that is gone is no fault of the page's. */
const GONE = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;

/** Errors, violations of the page's policy, and requests to anybody else. */
function complaintsOf(page: Page, origin: string): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if ((message.type() === "error" || message.type() === "warning") && !GONE.test(message.text()))
      found.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:")) found.push(`asked ${url}`);
  });
  return found;
}

export const headline = (page: Page) => page.locator("[data-headline]");
