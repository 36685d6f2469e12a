/** Who may look and who may act, as a browser meets it: tokens, sessions, links. */
import { expect, test } from "vitest";
import { parseTokens } from "../../src/http/tokens.ts";
import { openStage } from "../../web/dev/stage.ts";
import { headline, inBrowser, useBrowser } from "./browser.ts";
import { slow, still } from "./stories.ts";

const [VIEW, ADMIN] = ["view-only-token-1234", "keeper-of-keys-12345"];
const tokens = { present: () => parseTokens(`vera view ${VIEW}\nada admin ${ADMIN}`, "tokens") };

inBrowser("access in the browser", () => {
  const browser = useBrowser();
  const stage = () =>
    openStage({ cast: [slow, still], speed: 1, playedMs: 20_000, now: Date.now(), dashboard: browser.folder, tokens });

  test("a token is asked for once, becomes a cookie and acts in its name", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/rollouts/slow`);
    await page.getByLabel("Token").fill("a-wrong-token-altogether");
    await page.getByRole("button", { name: "Enter" }).click();
    await page.getByText("this server does not know the token").waitFor();
    await page.getByLabel("Token").fill(ADMIN);
    await page.getByRole("button", { name: "Enter" }).click();
    await headline(page).waitFor();
    const kept = await page.evaluate<string>(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])",
    );
    expect(kept).not.toContain(ADMIN);
    expect(kept).not.toContain("serin-0");
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    await page.locator('[data-verb="abort"]').click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The journal will say that ada did it.").waitFor();
    await dialog.getByRole("button", { name: "Take v2 back" }).click();
    await dialog.getByText("v2 was aborted by ada.").waitFor();
    browser.forgive(page, /401 \(Unauthorized\)/);
  });

  test("who may only look sees no buttons", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/rollouts/slow`);
    await page.getByLabel("Token").fill(VIEW);
    await page.getByLabel("Token").press("Enter");
    await page.getByText("You may look here, and not act.").waitFor();
    expect(await page.locator("[data-verb]").count()).toBe(0);
    browser.forgive(page, /401 \(Unauthorized\)/);
  });

  test("a share link shows one rollout to whoever has it, and cannot act", async () => {
    await using world = await stage();
    const owner = await browser.open(`${world.url}/settings`);
    await owner.getByLabel("Token").fill(ADMIN);
    await owner.getByRole("button", { name: "Enter" }).click();
    await owner.getByLabel("Rollout", { exact: true }).selectOption("slow");
    await owner.getByRole("button", { name: "Make a link" }).click();
    const link = await owner.getByText(/\/share#/).textContent();
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/share#[\w.-]+$/);
    browser.forgive(owner, /401 \(Unauthorized\)/);

    const guest = await browser.open(link ?? "");
    await headline(guest).waitFor();
    await guest.getByText("You may look here, and not act.").waitFor();
    expect(guest.url()).toBe(`${world.url}/rollouts/slow`);
    expect(await guest.locator("[data-verb]").count()).toBe(0);
    expect(await guest.getByRole("navigation", { name: "Pages" }).count()).toBe(0);
    const status = (method: string, path: string, body?: object) =>
      guest.evaluate(
        async ([how, where, what]) =>
          (
            await fetch(where, {
              method: how,
              ...(what === "" ? {} : { body: what, headers: { "content-type": "application/json" } }),
            })
          ).status,
        [method, path, body === undefined ? "" : JSON.stringify(body)] as const,
      );
    expect(await status("POST", "/v1/rollouts/slow/signals", { verb: "abort" })).toBe(403);
    expect(await status("GET", "/v1/rollouts/still")).toBe(403);
    expect(await status("GET", "/v1/fleet")).toBe(403);
    await guest.goto(`${world.url}/`);
    await guest.waitForURL(`${world.url}/rollouts/slow`);
    expect((await world.store.load("slow"))?.status.phase).toBe("progressing");
    browser.forgive(guest, /403 \(Forbidden\)/);
  });

  test("a link that was cut short says so", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/share#abc`);
    await page.getByText("this link is over, or was cut short on its way").waitFor();
    browser.forgive(page, /401 \(Unauthorized\)/);
  });

  test("leaving forgets who it was", async () => {
    await using world = await stage();
    const page = await browser.open(`${world.url}/settings`);
    await page.getByLabel("Token").fill(ADMIN);
    await page.getByRole("button", { name: "Enter" }).click();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    browser.forgive(page, /401 \(Unauthorized\)/);
  });
});
