// Every page loaded cold, in both themes, on a desk and on a phone.
import { completed, order, signInByRest, test as ofJobs } from "../support/job";
import { expect, alive, seriousFaults, test } from "../support/test";

const ROUTES = [
  { path: "/", name: "home" },
  { path: "/collect", name: "collect" },
  { path: "/jobs", name: "jobs" },
  { path: "/browse", name: "browse" },
  { path: "/chain", name: "chain" },
  { path: "/schedules", name: "schedules" },
  { path: "/notices", name: "notices" },
  { path: "/settings", name: "settings" },
  { path: "/status", name: "status" },
];
/** No place of the rail. */
const BESIDE = [
  { path: "/settings/limits", name: "settings-limits" },
  { path: "/settings/reading", name: "settings-reading" },
  { path: "/settings/about", name: "settings-about" },
];
const SIZES = { desktop: { width: 1280, height: 800 }, narrow: { width: 820, height: 700 }, phone: { width: 390, height: 844 } };
const THEMES = ["light", "dark"] as const;

for (const { path, name } of [...ROUTES, ...BESIDE]) {
  test(`${path} cold, in both themes and every width`, async ({ page }) => {
    // Loaded once: what follows the theme and the width is style alone.
    await page.emulateMedia({ colorScheme: THEMES[0] });
    await page.goto(path);
    await alive(page);
    await expect(page.getByRole("main")).toBeVisible();
    await expect(page).toHaveTitle(/ · ExpiryTrack$/);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, `nothing sticks out sideways, ${size}`).toBeLessThanOrEqual(viewport.width);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousFaults(page), `${size}, ${colorScheme}`).toEqual([]);
        await page.screenshot({ path: `test-results/screenshots/${name}-${size}-${colorScheme}.png` });
      }
    }
  });
}

test("the rail leads to every page without loading the document again", async ({ page }) => {
  await page.goto("/");
  await alive(page);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  const rail = page.getByRole("navigation", { name: "Main" });
  for (const { path } of [...ROUTES.slice(1), ROUTES[0]]) {
    await rail.locator(`a.rail-entry[href="${path}"]`).click();
    await expect(page).toHaveURL(path);
    await expect(rail.locator('a.rail-entry[aria-current="page"]')).toHaveAttribute("href", path);
    await expect(page.getByRole("main")).toBeFocused();
  }
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("the theme that was chosen stays, and stands before anything is painted", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  await alive(page);
  await page.getByRole("button", { name: "Change between light and dark" }).click();
  const html = page.locator("html");
  await expect(html).toHaveAttribute("data-theme", "expirytrack-dark");
  await page.reload({ waitUntil: "commit" });
  await expect(html).toHaveAttribute("data-theme", "expirytrack-dark");
  await alive(page);
  await page.getByRole("button", { name: "Change between light and dark" }).click();
  await expect(html).toHaveAttribute("data-theme", "expirytrack-light");
});

test("the keyboard reaches the page without passing the rail", async ({ page }) => {
  await page.goto("/jobs");
  await alive(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("every page says that the market is simulated, and which day it is there", async ({ page }) => {
  for (const { path } of ROUTES) {
    await page.goto(path);
    await expect(page.getByRole("note")).toContainText("Simulated market · its day is 17 Sep 2025");
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const band = page.getByRole("note");
  expect(await band.evaluate((note) => note.getBoundingClientRect().height), "in one line").toBeLessThan(28);
});

test("an address that names no page says so, with the status 404", async ({ page, complaints }) => {
  const answer = await page.goto("/no/such/page");
  await alive(page);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no page at this address");
  expect(await seriousFaults(page)).toEqual([]);
  // Chromium reports the document's own status; nothing else may be there.
  const own = complaints.splice(0);
  expect(own.filter((complaint) => !complaint.includes("404"))).toEqual([]);
});

ofJobs("the address bar follows to where one was before", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, strikes: 1 });
  await completed(request, own, job);
  await page.goto(`${own.url}/jobs`);
  await alive(page);
  const open = () => page.locator(`main a[href="/jobs/${job}"]`).click();
  await open();
  await expect(page).toHaveURL(`${own.url}/jobs/${job}`);
  const level = (name: string) => page.getByRole("radio", { name, exact: true }).check();
  await level("Errors");
  await expect(page).toHaveURL(/level=error/);
  await level("All");
  await expect(page).toHaveURL(`${own.url}/jobs/${job}`);
  await page.goBack();
  await expect(page).toHaveURL(`${own.url}/jobs`);
  await open();
  await expect(page.getByRole("radio", { name: "Errors", exact: true })).toBeVisible();
  await expect(page).toHaveURL(`${own.url}/jobs/${job}`);
  await page.reload();
  await alive(page);
  await expect(page).toHaveURL(`${own.url}/jobs/${job}`);
  // Each was one step, and so is a page whose address is written in more ways than one.
  await page.goBack();
  await expect(page).toHaveURL(`${own.url}/jobs`);
  await page.goto(`${own.url}/browse`);
  await alive(page);
  await page.getByRole("main").getByRole("link", { name: "Nifty 50", exact: true }).click();
  await expect(page).toHaveURL(/browse\/NSE_INDEX/);
  await expect(page.getByRole("main").getByRole("link", { name: /28 Aug 2025/ }).first()).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(`${own.url}/browse`);
});

ofJobs("the crumbs name what the address names, never the underlying of before", async ({ page, request, own }) => {
  await signInByRest(request, own);
  for (const name of ["NIFTY", "RELIANCE"]) {
    await completed(request, own, await order(request, own, { underlyings: [name], expiries: { dates: ["2025-08-28"] }, kinds: "futures", days: 1 }));
  }
  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050`);
  await alive(page);
  await expect(crumbs).toContainText("Nifty 50");
  // The answer is held back, as a slow server's is.
  let answer = () => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/rpc/browse/**", async (route) => {
    await asked;
    await route.continue();
  });
  await page.evaluate(() => {
    const link = document.body.appendChild(document.createElement("a"));
    link.href = "/browse/NSE_EQ%7CINE002A01018";
    link.click();
    link.remove();
  });
  await expect(page).toHaveURL(/INE002A01018/);
  await expect(crumbs).not.toContainText("Nifty 50");
  answer();
  await expect(crumbs).toContainText("RELIANCE INDUSTRIES LTD");
  await expect(page).toHaveTitle(/RELIANCE INDUSTRIES LTD/);
});
