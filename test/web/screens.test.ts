/** What every screen keeps: nothing serious for axe-core in either theme, no sideways scrolling on a telephone, and its size. */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
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

/** First load of script, gzipped bytes. */
const BUDGET = 200_000;

inBrowser("every screen", () => {
  const browser = useBrowser();
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStreet(browser.folder, Date.UTC(2026, 5, 1, 12));
  }, 120_000);
  afterAll(() => stage[Symbol.asyncDispose]());

  const show = async (name: string, options: Parameters<typeof browser.open>[1]) => {
    const screen = screens.find((one) => one.name === name);
    if (screen === undefined) throw new Error(`no screen ${name}`);
    const page = await browser.open(stage.url + (await screen.path(stage)), options);
    await page.locator(screen.ready).first().waitFor();
    return page;
  };
  const names = screens.map(({ name }) => name);

  test.each(names.flatMap((name) => [[name, "light"] as const, [name, "dark"] as const]))(
    "%s, %s: axe-core finds nothing",
    async (name, colorScheme) => {
      // axe is brought in past the page's policy, which allows no script but its own
      const page = await show(name, { colorScheme, bypassCSP: true });
      await page.addScriptTag({ content: axe });
      const run =
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })";
      const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(run);
      const told = violations.map(
        ({ id, impact, help, nodes }) =>
          `${impact} ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
      );
      expect(told).toEqual([]);
    },
  );

  test.each(names)("%s fits a telephone", async (name) => {
    const page = await show(name, { viewport: { width: 360, height: 740 } });
    const wider = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
    expect(wider).toBeLessThanOrEqual(0);
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
