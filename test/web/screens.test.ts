/** What every screen keeps: nothing serious for axe-core in either theme, no sideways scrolling on a telephone, and its size. */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../web/dev/stage.ts";
import { inBrowser, useBrowser } from "./browser.ts";
import { openStreet, screens } from "./screens.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** The ground of the dark theme, `--ground` of the styles. */
const DARK = "rgb(19, 18, 16)";

/** First load of script, gzipped bytes. */
const BUDGET = 200_000;

inBrowser("every screen", () => {
  const browser = useBrowser();
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStreet(browser.folder, Date.UTC(2026, 5, 1, 12));
  }, 120_000);
  afterAll(() => stage[Symbol.asyncDispose]());

  const screenOf = (name: string) => {
    const screen = screens.find((one) => one.name === name);
    if (screen === undefined) throw new Error(`no screen ${name}`);
    return screen;
  };
  const show = async (name: string, options: Parameters<typeof browser.open>[1]) => {
    const screen = screenOf(name);
    const page = await browser.open(stage.url + (await screen.path(stage)), options);
    await page.locator(screen.ready).first().waitFor();
    return page;
  };
  const names = screens.map(({ name }) => name);

  /** What axe-core finds on a page; it is brought in past the page's policy, which allows no script but its own. */
  const found = async (page: Page) => {
    const run =
      "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })";
    const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(run);
    return violations.map(
      ({ id, impact, help, nodes }) =>
        `${impact} ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
    );
  };

  test.each(names)("%s: axe-core finds nothing in light, in dark and on a telephone, which it fits", async (name) => {
    const page = await show(name, { colorScheme: "light", reducedMotion: "reduce", bypassCSP: true });
    await page.addScriptTag({ content: axe });
    expect(await found(page), "light").toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")).toBe(DARK);
    expect(await found(page), "dark").toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator(screenOf(name).ready).first().waitFor();
    const wider = () => page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
    await expect.poll(wider, { timeout: 5000 }).toBeLessThanOrEqual(0);
    expect(await found(page), "telephone").toEqual([]);
  });

  test("loads less script than it may", () => {
    const html = readFileSync(join(browser.folder, "index.html"), "utf8");
    const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((found) => found[1]);
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, script) => sum + statSync(join(browser.folder, `${script}.gz`)).size, 0);
    expect(bytes).toBeLessThan(BUDGET);
  });

  test("is the same without any other machine", async () => {
    const page = await show("release", {});
    // what it asked for is looked at after every test; here it is that it asked at all
    const asked = await page.evaluate<readonly string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    );
    expect(asked.length).toBeGreaterThan(3);
    for (const url of asked) expect(url.startsWith(stage.url)).toBe(true);
  });
});
