/** Live: what happens is seen without asking, and a page that hears nothing says so. */
import { expect, test } from "vitest";
import { openStage, openStageStore, type StageOptions } from "../../web/dev/stage.ts";
import { extra } from "../../web/dev/cast.ts";
import { headline, inBrowser, useBrowser } from "./browser.ts";
import { bad, fine, slow, still } from "./stories.ts";

inBrowser("live in the browser", () => {
  const browser = useBrowser();
  const stage = (options: Partial<StageOptions> & Pick<StageOptions, "cast">) =>
    openStage({ speed: 1, playedMs: 20_000, now: Date.now(), dashboard: browser.folder, ...options });

  test("a restart of the server: the page says that it is stale, comes back by itself and has missed nothing", async () => {
    const store = await openStageStore();
    const first = await stage({ cast: [slow], store, playedMs: 0 });
    const listen = new URL(first.url).host;
    const page = await browser.open(`${first.url}/rollouts/slow`);
    await page.getByText("live", { exact: true }).waitFor();
    await first[Symbol.asyncDispose]();
    await page.getByRole("alert").filter({ hasText: "Not live: nothing heard from the server since" }).waitFor();
    // while nobody listens
    await store.signal("slow", Date.now(), { verb: "pause", by: "ben", why: "lunch" });
    await using _second = await stage({ cast: [slow], store, playedMs: 0, listen, now: Date.now() + 60_000 });
    await headline(page).filter({ hasText: "it waits for somebody to resume (lunch)" }).waitFor();
    await page.getByRole("alert").waitFor({ state: "hidden" });
    await page.getByText("Paused by ben: lunch.").first().waitFor();
  });

  test("the fleet moves under the reader's eyes", async () => {
    await using world = await stage({ cast: [fine, bad, still], speed: 10, playedMs: 5000 });
    const page = await browser.open(world.url);
    const row = (name: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
    await row("still").filter({ hasText: "serving" }).waitFor();
    await row("bad").filter({ hasText: "rolled back" }).waitFor();
    await row("fine").filter({ hasText: "promoted" }).waitFor();
    await page.getByRole("button", { name: /^Ended 2/ }).waitFor();
  });

  test("what is added and removed appears and goes", async () => {
    await using world = await stage({ cast: [still] });
    const page = await browser.open(world.url);
    await page.getByRole("link", { name: "still", exact: true }).waitFor();
    const text = `apiVersion: serin.dev/v1alpha1\nkind: Rollout\nmetadata: { name: fresh }\nspec:\n${still.spec}\n`;
    expect(
      (
        await world.api.app.inject({
          method: "PUT",
          url: "/v1/rollouts/fresh",
          headers: { host: "localhost", "content-type": "application/yaml" },
          body: text,
        })
      ).statusCode,
    ).toBe(201);
    await page.getByRole("link", { name: "fresh", exact: true }).waitFor();
    await world.store.remove("fresh");
    await page.getByRole("link", { name: "fresh", exact: true }).waitFor({ state: "hidden" });
  });

  test("without any rollout there is the command that adds the first", async () => {
    await using world = await stage({ cast: [], playedMs: 0 });
    const page = await browser.open(world.url);
    await page.getByText("serin apply rollout.yaml").waitFor();
  });

  test("five hundred rollouts: only what is seen is drawn, and searching is a word away", async () => {
    await using world = await stage({ cast: Array.from({ length: 500 }, (_, i) => extra(i)), playedMs: 2000 });
    const page = await browser.open(world.url);
    await page.getByRole("button", { name: /^All 500/ }).waitFor();
    const drawn = () => page.getByRole("row").count();
    expect(await drawn()).toBeLessThan(60);
    expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe("501");
    await page.mouse.move(600, 600);
    await page.mouse.wheel(0, 100_000);
    await page.getByRole("link", { name: "service-499" }).waitFor();
    expect(await drawn()).toBeLessThan(60);
    await page.keyboard.press("/");
    await page.keyboard.type("service-123");
    await expect.poll(drawn).toBe(2);
    expect(page.url()).toContain("q=service-123");
    // the address is all there is to it
    await page.reload();
    await page.getByRole("link", { name: "service-123" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("");
    await page.getByRole("searchbox").blur();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const current = await page.locator("[data-current] a").first().textContent();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: current ?? "" }).waitFor();
  });
});
