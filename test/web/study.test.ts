/** Before a release in the browser: the planner says what `serin plan` says, a document is written by form and by hand. */
import { expect, test } from "vitest";
import { parseKept } from "../../src/document/index.ts";
import { assumptionOf, readAssumptions } from "../../src/sim/assume.ts";
import { planOf } from "../../src/sim/plan/index.ts";
import { openStage } from "../../web/dev/stage.ts";
import { headline, inBrowser, useBrowser } from "./browser.ts";
import { slow, still } from "./stories.ts";

inBrowser("before a release in the browser", () => {
  const browser = useBrowser();
  const stage = () =>
    openStage({ cast: [slow, still], speed: 1, playedMs: 30_000, now: Date.now(), dashboard: browser.folder });

  test("the planner says what `serin plan` says of the same document and the same assumptions", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/plan?name=slow`);
    const sentence = page.getByRole("status").filter({ hasText: "slow, 2 stages" });
    await sentence.waitFor();
    const answer = await fetch(`${world.url}/v1/rollouts/slow/plan`).then(
      (response) => response.json() as Promise<{ plan: { sentence: string } }>,
    );
    expect(await sentence.textContent()).toBe(answer.plan.sentence);

    await page.getByLabel("Traffic").focus();
    await page.keyboard.press("End");
    await page.getByText(/^20,?000 (requests|people) a second/).waitFor();
    await page.getByLabel("Longest stage").focus();
    await page.keyboard.press("Home");
    await page.getByRole("row").filter({ hasText: "at most 30s" }).first().waitFor();
    const text = String(await world.store.document("slow")).replace("stage: 6h", "stage: 30s");
    const measured = { perSecond: 20_000 };
    const said = readAssumptions([`traffic=${measured.perSecond}/s`]);
    const expected = planOf(parseKept("slow", text), assumptionOf(said, await observed(world.url)));
    expect(await sentence.textContent()).toBe(expected.sentence);
  });

  const observed = async (url: string) =>
    (await fetch(`${url}/v1/rollouts/slow/plan`).then((response) => response.json() as Promise<{ measured: object }>))
      .measured;

  test("a mistake stands at its line, and nothing can be sent until it is gone", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/new`);
    const text = page.getByLabel("The document as YAML");
    await page.getByText(/^shop is new\. Release 1 of v2 over v1 started by the document/).waitFor();
    const good = await text.inputValue();
    await text.fill(good.replace("weights:", "weigths:"));
    await page
      .getByRole("list", { name: "Mistakes" })
      .getByText(/line 17, spec\.strategy\.canary\.weigths/)
      .waitFor();
    await page.getByText("One mistake is in the way").waitFor();
    expect(await page.getByRole("button", { name: "Send it" }).isDisabled()).toBe(true);
    await text.fill("a: [");
    await page.getByText("The text is no YAML just now").waitFor();
    await text.fill(good);
    await page.getByText(/^shop is new\./).waitFor();
  });

  test("form and text are one: a field changes its line, a line its field, and comments stay", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/new`);
    const text = page.getByLabel("The document as YAML");
    const name = page.getByRole("group", { name: /^metadata/ }).getByLabel("name");
    await name.waitFor();
    await text.fill((await text.inputValue()).replace("metadata:", "# ours\nmetadata:"));
    await name.fill("basket");
    expect(await text.inputValue()).toContain("# ours\nmetadata:\n  name: basket");
    await text.fill((await text.inputValue()).replace("name: basket", "name: till"));
    await expect.poll(() => name.inputValue()).toBe("till");
    await page.getByRole("button", { name: "+ whenUndecided" }).click();
    await page.getByRole("combobox", { name: "whenUndecided" }).selectOption("rollback");
    expect(await text.inputValue()).toContain("whenUndecided: rollback");
    await page.getByRole("button", { name: "Remove whenUndecided" }).click();
    expect(await text.inputValue()).not.toContain("whenUndecided");
    await page.getByRole("button", { name: "Send it" }).click();
    await headline(page).waitFor();
    expect(page.url()).toBe(`${world.url}/rollouts/till`);
    expect(String(await world.store.document("till"))).toContain("# ours");
  });

  test("a gate is tried on the record before it decides anything", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/rollouts/slow/workshop`);
    const text = page.getByLabel("The document as YAML");
    const run = page.getByRole("button", { name: "Try it on the record" });
    await run.click();
    await page.getByText("Of 1 past release none would have been rolled back.").waitFor();
    const strict = (await text.inputValue()).replace(
      "value: failureRate, max: 0.02, every: 10s",
      "value: p50, max: 1, every: 1s, failures: 1",
    );
    await text.fill(strict.replace("dryRun: true", "dryRun: false"));
    await run.click();
    await page
      .getByText(/^Of 1 past release 1 would have been rolled back: slow release 1 after .* by errors/)
      .waitFor();
    expect((await world.store.load("slow"))?.status.phase).toBe("progressing");
    expect(String(await world.store.document("slow"))).toContain("max: 0.02");
  });

  test("a document that is there is changed from where it is", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/rollouts/still/document`);
    await page.getByRole("link", { name: "Change it" }).click();
    const text = page.getByLabel("The document as YAML");
    await page.getByText("still is there already and gets this document. Nothing else follows.").waitFor();
    await text.fill(`${await text.inputValue()}  canary: { revision: v2, backends: [http://127.0.0.1:9002] }\n`);
    await page.getByText(/Release 1 of v2 over v1 started by the document/).waitFor();
    await page.getByRole("button", { name: "Replace the document" }).click();
    await page.waitForURL(`${world.url}/rollouts/still`);
    expect((await world.store.load("still"))?.spec.canary?.revision).toBe("v2");
  });
});
