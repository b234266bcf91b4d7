// Narrow screens, and wide ones at 200 % zoom: nothing sticks out, every place can be reached, and a page says where
// it is.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const NIFTY = "/browse/NSE_INDEX%7CNifty%2050";
const EXPIRY = `${NIFTY}/2025-08-28`;
const PHONE = { width: 360, height: 740 };
/** Phones, a tablet, and 1280 and 1440 px at twice their size; 320 px are 1280 at four times. */
const WIDTHS = [320, 360, 390, 640, 720, 768, 1024];

test("nothing sticks out sideways, on any page at any width", async ({ page, request, own }) => {
  test.setTimeout(180_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } }));
  // A second one that is not over: its count stands on the rail.
  const slow = await order(request, own, { underlyings: ["BANKNIFTY"], expiries: { last: 3 }, days: 90 });
  expect((await request.post(`${own.url}/api/v1/jobs/${slow}/pause`)).ok()).toBe(true);
  await page.goto(own.url + EXPIRY);
  await alive(page);
  const option = await page.locator("a.ladder-link").nth(80).getAttribute("href");
  const future = await page.locator("a.row-label").first().getAttribute("href");
  const paths = ["/", "/collect", "/collect?step=3&instruments=NSE_INDEX%7CNifty%2050", "/jobs", "/jobs/1",
    `/jobs/${slow}`, "/browse", NIFTY, EXPIRY, option, `${option}?view=table`, future, "/chain?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28", "/schedules", "/notices", "/status",
    "/settings", "/settings/limits", "/settings/reading", "/settings/about", "/signin"];
  for (const path of paths) {
    await page.setViewportSize(PHONE);
    await page.goto(own.url + path);
    await alive(page);
    await expect(page.locator(".skeleton, .skeleton-box")).toHaveCount(0);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 740 });
      const [document, rail, over] = await page.evaluate(() => {
        const { scrollWidth } = globalThis.document.documentElement;
        const rail = globalThis.document.querySelector(".rail") as HTMLElement;
        const entries = [...rail.querySelectorAll(".rail-entry *")].map((part) => part.getBoundingClientRect());
        return [scrollWidth, rail.scrollWidth - rail.clientWidth, Math.max(...entries.map(({ right }) => right)) - rail.getBoundingClientRect().right];
      });
      expect(document, `${path} at ${width} px`).toBeLessThanOrEqual(width);
      expect(rail, `the rail on ${path} at ${width} px`).toBe(0);
      expect(over, `something hangs out of the rail on ${path} at ${width} px`).toBeLessThanOrEqual(0);
    }
  }
});

test("a phone reaches every place, the rest of them by the button More and by keyboard", async ({ page, own }) => {
  await page.setViewportSize(PHONE);
  await page.goto(own.url);
  await alive(page);
  const rail = page.getByRole("navigation", { name: "Main" });
  await expect(rail.getByRole("link")).toHaveText(["Home", "Collect", "Jobs", "Browse"]);
  const more = rail.getByRole("button", { name: "More" });
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(rail.getByRole("link")).toHaveText(["Home", "Collect", "Jobs", "Browse", "Chain", "Analysis", "Strategy", "Coverage", "Export", "SQL", "Schedules", "Notices", "Status", "Settings"]);
  expect(await seriousFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(rail.getByRole("link", { name: "Settings" })).toBeHidden();
  await expect(more).toBeFocused();

  await page.keyboard.press("Enter");
  const behind = (await rail.getByRole("link").count()) - 4;
  for (let stop = 0; stop < behind; stop += 1) await page.keyboard.press("Tab");
  await expect(rail.getByRole("link", { name: "Settings" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${own.url}/settings`);
  await expect(rail.getByRole("link", { name: "Settings" }), "the menu closes behind a choice").toBeHidden();
  await expect(page.getByRole("main")).toBeFocused();
});

test("a phone's crumbs are the way back and the page itself, and can be read", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, kinds: "futures" }));
  await page.setViewportSize(PHONE);
  await page.goto(own.url + EXPIRY);
  await alive(page);
  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  await expect(crumbs.locator("li:visible")).toHaveText(["Nifty 50", "28 Aug 2025"]);
  const cut = await crumbs.locator("li:visible").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
  expect(cut, "no crumb is cut").toBe(0);
  await crumbs.getByRole("link", { name: "Nifty 50" }).click();
  await expect(page).toHaveURL(own.url + NIFTY);
});

test("the strips of a job are told apart by symbol and day, which are never cut", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: ["INFY", "MIDCPNIFTY"], expiries: { last: 2 }, kinds: "futures" });
  await completed(request, own, job);
  await page.goto(`${own.url}/jobs/${job}`);
  await alive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("INFY, MIDCPNIFTY · 4 expiries · futures");
  const names = page.locator(".strip-name");
  await expect(names).toHaveText(["INFY · 28 Aug 25", "MIDCPNIFTY · 28 Aug 25", "INFY · 31 Jul 25", "MIDCPNIFTY · 31 Jul 25"]);
  for (const width of [1440, 768, 360]) {
    await page.setViewportSize({ width, height: 800 });
    const cut = await names.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    expect(cut, `${width} px`).toBe(0);
  }
  // A job that is over has nothing new to tell: what a person opens is read all the same.
  const last = page.locator(".strip-head").last();
  await expect(last).toHaveAttribute("aria-expanded", "false");
  await last.click();
  await expect(last).toHaveAttribute("aria-expanded", "true");
});
