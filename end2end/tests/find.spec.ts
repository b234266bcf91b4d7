// Finding from anywhere by keyboard, and the list of keys.
import type { APIRequestContext, Page } from "@playwright/test";
import { completed, forgive, order, signInByRest, test } from "../support/job";
import type { Server } from "../support/server";
import { alive, expect, seriousFaults } from "../support/test";
import { Wire } from "../support/wire";

const CONTRACT = "nifty 24500 ce 28 aug";
const TITLE = "NIFTY 24500 CE 28 AUG 25";

async function collected(request: APIRequestContext, own: Server) {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, strikes: 10 }));
}

const field = (page: Page) => page.getByRole("combobox", { name: "Find" });
const lines = (page: Page) => page.getByRole("listbox", { name: "Found" }).getByRole("option");
const chosen = (page: Page) => page.getByRole("option", { selected: true });

test("a chart is two steps away from every page, by keyboard alone", async ({ page, request, own }) => {
  await collected(request, own);
  await page.goto(own.url);
  await alive(page);
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type(CONTRACT);
  await expect(chosen(page)).toContainText(TITLE);
  await expect(chosen(page).locator("mark")).toHaveText(["NIFTY", "24500", "CE", "28", "AUG"]);
  await expect(chosen(page)).toContainText("28 Aug 2025 · ");
  await expect(field(page)).toHaveAttribute("aria-activedescendant", "palette-list-0");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: TITLE })).toBeVisible();
  await expect(field(page)).toBeHidden();
  await expect(page.getByRole("main")).toBeFocused();

  // From the chart to another one, faster than any answer comes.
  await page.keyboard.press("Meta+k");
  await page.keyboard.type("nf 24500 put aug");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "NIFTY 24500 PE 28 AUG 25" })).toBeVisible();

  // The arrow keys go round, and Enter takes the line that they chose.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sign");
  await expect(lines(page).nth(1)).toContainText("Sign out");
  await page.keyboard.press("ArrowDown");
  await expect(chosen(page)).toContainText("Sign out");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(lines(page).last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(field(page)).toBeHidden();
  await expect(page.getByRole("link", { name: "Sign in", exact: true })).toBeVisible();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("job 1");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${own.url}/jobs/1`);
});

test("it opens by the button too, closes by Escape, by its key and by a click beside it, and gives the focus back", async ({ page }) => {
  await page.goto("/status");
  await alive(page);
  const button = page.getByRole("banner").getByRole("button", { name: "Find" });
  await button.click();
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(field(page)).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press("Control+k");
  await page.mouse.click(5, 400);
  await expect(field(page)).toBeHidden();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("settings");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/settings");
  await page.emulateMedia({ colorScheme: "light" });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "expirytrack-dark");
});

test("an older answer never takes the place of a newer one", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let answered = 0;
  const finds = await Wire.of(page, "**/rpc/find");
  finds.takes(async (route) => {
    const isOld = route.request().postData()?.includes('"bankex"');
    if (isOld) await held;
    await route.continue();
    answered += isOld ? 1 : 0;
  });
  await page.goto("/");
  await alive(page);
  await page.keyboard.press("Control+k");
  const asked = page.waitForRequest((one) => one.url().endsWith("/rpc/find"));
  await field(page).fill("bankex");
  await asked;
  await field(page).fill("finnifty");
  await expect(chosen(page)).toContainText("FINNIFTY");
  const late = page.waitForResponse((one) => one.url().endsWith("/rpc/find"));
  release();
  await (await late).finished();
  expect(answered).toBe(1);
  await expect(lines(page).filter({ hasText: "BANKEX" })).toHaveCount(0);
  await expect(chosen(page)).toContainText("FINNIFTY");
});

test("it says what can be typed, that nothing was found, and that the server is away", async ({ page, complaints }) => {
  const finds = await Wire.of(page, "**/rpc/find");
  await page.goto("/");
  await alive(page);
  await page.keyboard.press("Control+k");
  const status = page.getByRole("dialog").getByRole("status");
  await expect(status).toContainText("nifty 24500 ce 28 aug");
  await expect(lines(page).first()).toContainText("Home");
  await field(page).fill("goldgold 24500");
  await expect(status).toContainText("Nothing is known here of “goldgold 24500”. What can be typed: ");
  await expect(lines(page)).toHaveCount(0);
  await expect(field(page)).toHaveAttribute("aria-expanded", "false");
  expect(await seriousFaults(page)).toEqual([]);

  finds.breaks();
  await field(page).fill("jobs");
  await expect(status).toContainText("server does not answer");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/jobs");
  forgive(complaints, /rpc\/find/, /net::ERR_FAILED/);
});

test("the keys are listed where they hold, and a question mark in a field is a letter", async ({ page, request, own }) => {
  await collected(request, own);
  await page.goto(`${own.url}/jobs/1`);
  await alive(page);
  await page.keyboard.press("Shift+?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await expect(keys.getByRole("heading", { level: 3 })).toHaveText(["On a contract of the grid", "Everywhere", "While finding"]);
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();

  const { found } = await (await request.get(`${own.url}/api/v1/find?q=${encodeURIComponent(CONTRACT)}`)).json();
  await page.goto(own.url + found[0].address);
  await alive(page);
  await expect(page.getByRole("heading", { name: TITLE })).toBeVisible();
  await page.keyboard.press("?");
  await expect(keys.getByRole("heading", { level: 3 }).first()).toHaveText("Chart");
  await expect(keys.locator(".key-row").filter({ hasText: "The next higher strike" }).locator("kbd")).toHaveText("→");
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: "test-results/screenshots/keys.png" });
  // While it is open, the keys of the page are not the page's.
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(own.url + found[0].address);
  await page.keyboard.press("?");
  await expect(keys).toBeHidden();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("heading", { name: "NIFTY 24550 CE 28 AUG 25" })).toBeVisible();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("what?");
  await expect(field(page)).toHaveValue("what?");
  await page.getByRole("dialog").getByRole("button", { name: "Keys" }).click();
  await expect(keys).toBeVisible();
  await expect(field(page)).toBeHidden();
});

test("in both themes, at a desk and on a phone", async ({ page, request, own }) => {
  await collected(request, own);
  await page.goto(own.url);
  await alive(page);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 390, 360]) {
      await page.setViewportSize({ width, height: 800 });
      if (width < 640) {
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "Find" }).click();
      } else {
        await page.getByRole("banner").getByRole("button", { name: "Find" }).click();
      }
      await field(page).fill("nifty 24500");
      await expect(lines(page).nth(1)).toContainText("NIFTY 24500 PE");
      const name = `${width}, ${colorScheme}`;
      expect(await seriousFaults(page), name).toEqual([]);
      const over = await page.getByRole("dialog").evaluate((dialog) => {
        const { left, right, bottom } = dialog.getBoundingClientRect();
        return [left < 0, right > innerWidth, bottom > innerHeight, dialog.scrollWidth > dialog.clientWidth];
      });
      expect(over, name).toEqual([false, false, false, false]);
      await page.screenshot({ path: `test-results/screenshots/find-${width}-${colorScheme}.png` });
      await page.keyboard.press("Escape");
      await expect(field(page)).toBeHidden();
    }
  }
});

test("a contract to compare with is missing only where that was answered", async ({ page, request, own, complaints }) => {
  await collected(request, own);
  const finds = await Wire.of(page, "**/rpc/find");
  await page.goto(own.url);
  await alive(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type(CONTRACT);
  await expect(chosen(page)).toContainText(TITLE);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: TITLE })).toBeVisible();
  await page.getByText("Compare", { exact: true }).click();
  const search = page.getByRole("searchbox", { name: "Find a contract to compare with" });
  const none = page.getByText("No contract of such a name is known here.");
  finds.breaks();
  await search.fill("nifty 24500 pe");
  await expect(page.getByRole("alert").filter({ hasText: "Contracts could not be looked for" })).toContainText("Try again");
  await expect(none).toHaveCount(0);
  const answer = finds.holds();
  // It is tried again by the button, and by itself as soon as the server answers.
  await expect(page.getByText("Looking…")).toBeVisible();
  await expect(none).toHaveCount(0);
  answer();
  await expect(page.getByRole("button", { name: /^Compare with NIFTY 24500 PE/ })).toBeVisible();
  await search.fill("nobody at all");
  await expect(none).toBeVisible();
  forgive(complaints, /rpc\/find/, /ERR_FAILED/);
});

for (const { where, path } of [
  { where: "the first step of a download", path: "/collect" },
  { where: "a schedule", path: "/schedules" },
]) {
  test(`for ${where} nobody is called so only where that was answered`, async ({ page, request, own, complaints }) => {
    await signInByRest(request, own);
    const shares = await Wire.of(page, "**/rpc/collect/shares");
    await page.goto(own.url + path);
    await alive(page);
    if (path === "/schedules") await page.getByRole("button", { name: "Add a schedule" }).click();
    const search = page.getByRole("searchbox", { name: "Search instruments" });
    await expect(page.getByRole("checkbox", { name: "Nifty 50", exact: true })).toBeVisible();
    const none = page.getByText(/No instrument is called/);
    shares.breaks();
    await search.fill("nobody at all");
    await expect(page.getByRole("alert").filter({ hasText: "Shares could not be looked for" })).toContainText("Try again");
    await expect(none).toHaveCount(0);
    const answer = shares.holds();
    // It is tried again by the button, and by itself as soon as the server answers.
    await expect(page.getByText("Looking…")).toBeVisible();
    await expect(none).toHaveCount(0);
    answer();
    await expect(none).toBeVisible();
    forgive(complaints, /rpc\/collect\/shares/, /ERR_FAILED/);
  });
}
