/** The release page before a real browser: what happens is seen, and what is clicked happens. */
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openStage, type StageOptions } from "../../web/dev/stage.ts";
import { headline, inBrowser, useBrowser } from "./browser.ts";
import { asks, bad, fine, slow, still } from "./stories.ts";

inBrowser("a release in the browser", () => {
  const browser = useBrowser();
  const stage = (options: Partial<StageOptions> & Pick<StageOptions, "cast">) =>
    openStage({ speed: 1, playedMs: 20_000, now: Date.now(), dashboard: browser.folder, ...options });
  const says = (page: Page, text: string | RegExp) => headline(page).filter({ hasText: text }).waitFor();

  test("is watched until it is promoted", async () => {
    await using world = await stage({ cast: [fine], speed: 15, playedMs: 3000 });
    const page = await browser.open(`${world.url}/rollouts/fine`);
    await says(page, /^v2 is at 10 %, step 2 of 4: .* people met it/);
    await says(page, /^v2 was promoted/);
    await page.getByText("Go back to v1").waitFor();
    expect(await page.title()).toBe("fine · Serin");
  });

  test("is watched until it is rolled back, and says why", async () => {
    await using world = await stage({ cast: [bad], speed: 10, playedMs: 10_000 });
    const page = await browser.open(`${world.url}/rollouts/bad`);
    await says(page, /no harm found/);
    await says(page, /^v2 was rolled back for harm: failures: (within \d+s )?canary failed/);
    await page
      .getByRole("link", { name: /was rolled back at 10 %/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "How it stood when it was decided" }).waitFor();
    await page.getByText(/^failures says fail/).waitFor();
    await page.getByRole("heading", { name: "What was measured before" }).waitFor();
    expect(page.url()).toMatch(/\/rollouts\/bad\/why\/\d+$/);
    // its address is the decision's for good
    await page.reload();
    await page.getByText(/^failures says fail/).waitFor();
  });

  test("is aborted by a button that says for how many, with who and why in the journal", async () => {
    await using world = await stage({ cast: [slow] });
    const page = await browser.open(`${world.url}/rollouts/slow`);
    const button = page.locator('[data-verb="abort"]');
    await button.filter({ hasText: /v1 serves everybody again; [\d,]+ people met the canary so far/ }).click();
    const dialog = page.getByRole("dialog", { name: "Take v2 back" });
    await dialog.getByLabel(/^Why/).fill("the wrong build");
    await dialog.getByLabel("Who acts").fill("anna");
    await dialog.getByRole("button", { name: "Take v2 back" }).click();
    await dialog.getByText("v2 was aborted by anna: the wrong build.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await says(page, /^v2 was aborted: the wrong build\. v1 serves everybody/);
    const journal = await world.store.journal(0, { limit: 1000 });
    expect(journal.at(-2)?.event ?? journal.at(-1)?.event).toMatchObject({ by: "anna", reason: "the wrong build" });
    // and it can be tried again
    await page.locator('[data-verb="retry"]').waitFor();
  });

  test("leaving the dialog does nothing, and Escape leaves it", async () => {
    await using world = await stage({ cast: [slow] });
    const page = await browser.open(`${world.url}/rollouts/slow`);
    await page.locator('[data-verb="promoteFull"]').click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
    await page.locator('[data-verb="abort"]').click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect((await world.store.load("slow"))?.status.phase).toBe("progressing");
  });

  test("is approved with the keyboard alone", async () => {
    await using world = await stage({ cast: [asks] });
    const page = await browser.open(`${world.url}/rollouts/asks`);
    await says(page, /it waits for an approval \(look at the report\)/);
    await page.keyboard.press("1");
    const dialog = page.getByRole("dialog", { name: "Approve to 50 %" });
    await dialog.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog.getByText("Approved by local.").waitFor();
    await page.keyboard.press("Enter");
    await says(page, /^v2 is at 50 %, step 4 of 4/);
  });

  test("an act that is refused says so and stays", async () => {
    await using world = await stage({ cast: [slow] });
    const page = await browser.open(`${world.url}/rollouts/slow`);
    await page.locator('[data-verb="pause"]').click();
    const dialog = page.getByRole("dialog");
    // somebody else was faster
    await world.store.signal("slow", world.clock.now(), { verb: "abort", by: "ben" });
    world.engine.wake("slow");
    await expect.poll(async () => (await world.store.load("slow"))?.status.phase).toBe("aborted");
    await dialog.getByRole("button", { name: /^Hold at/ }).click();
    await dialog.getByRole("alert").filter({ hasText: "Pause by local was refused: release 1 is aborted" }).waitFor();
    browser.forgive(page, /409 \(Conflict\)/);
  });

  test("what nobody released yet says how to begin", async () => {
    await using world = await stage({ cast: [still] });
    const page = await browser.open(`${world.url}/rollouts/still`);
    await page.getByText("serin start still --canary http://127.0.0.1:9002 --revision v2").waitFor();
    const other = await browser.open(`${world.url}/rollouts/nobody`);
    await other.getByText("There is no rollout named nobody").waitFor();
    browser.forgive(other, /404 \(Not Found\)/);
  });

  test("a chart and its evidence stand for every gate, the dangerous first; a table says the same", async () => {
    await using world = await stage({ cast: [slow], playedMs: 60_000 });
    const page = await browser.open(`${world.url}/rollouts/slow`);
    const gates = page.getByRole("region", { name: "Gates" });
    await gates.getByRole("heading", { level: 3 }).first().waitFor();
    expect(await gates.getByRole("heading", { level: 3 }).count()).toBe(3);
    await gates.getByRole("img", { name: /failures: difference between canary and stable over time/ }).waitFor();
    expect(await gates.locator("canvas").count()).toBe(3);
    await gates.getByText("As the document asks it").first().click();
    await gates
      .getByText(/^- name: (failures|latency)/)
      .first()
      .waitFor();
    await gates.getByRole("button", { name: "table" }).click();
    expect(await gates.getByRole("row").count()).toBe(4);
  });
});
