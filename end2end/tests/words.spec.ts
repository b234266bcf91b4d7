// What pages say: sentences for a trader, without terminals, keys and libraries; and what was typed is not lost.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";

test("refusals speak of dates and fields", async ({ page, request, own, complaints }) => {
  await signInByRest(request, own);
  await page.goto(`${own.url}/collect?step=3&instruments=NSE_INDEX%7CNifty%2050`);
  await alive(page);
  await expect(page.getByText("expiries chosen")).toBeVisible();
  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050/2025-08-27`);
  await alive(page);
  await expect(page.getByText("has no expiry on 27 Aug 2025: the nearest ones are 21 Aug 2025, 28 Aug 2025")).toBeVisible();
  complaints.length = 0;

  const preview = { underlyings: ["RELIANCE"], kinds: "both", days: 5, when: { cron: "61 7 * * *" } };
  const answer = await request.post(`${own.url}/api/v1/schedules`, { data: preview });
  expect((await answer.json()).detail).toContain('"61" is no minute');
});

test("a schedule's card names its underlyings by their symbols", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const rule = { underlyings: ["RELIANCE", "MIDCPNIFTY"], kinds: "both", days: 5 };
  expect((await request.post(`${own.url}/api/v1/schedules`, { data: rule })).ok()).toBe(true);
  await page.goto(`${own.url}/schedules`);
  await alive(page);
  await expect(page.getByText("RELIANCE, MIDCPNIFTY ·")).toBeVisible();
  await expect(page.locator("main")).not.toContainText("INE002A01018");
});

test("settings that were typed and not saved are there after a look at another page", async ({ page, own }) => {
  await page.goto(`${own.url}/settings`);
  await alive(page);
  await page.getByRole("checkbox", { name: /email/i }).first().check();
  await page.getByLabel(/mail server/i).first().fill("mail.example.org");
  await page.getByRole("link", { name: "Jobs" }).click();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Notices");
  await page.goBack();
  await expect(page.getByLabel(/mail server/i).first()).toHaveValue("mail.example.org");
});

test("the search of a log finds lines that the page has not loaded", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } });
  await completed(request, own, job);
  await page.goto(`${own.url}/jobs/${job}`);
  await alive(page);
  await expect(page.getByRole("button", { name: "Show older lines" })).toBeVisible();
  const first = page.locator(".log-message").getByText("started", { exact: true });
  await expect(first).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Search the log" }).fill("Started");
  await expect(first).toBeVisible();
  await expect(page.getByText("1 line older, found in all of the log")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search the log" }).fill("nothing like it");
  await expect(page.getByText("No line passes the filter.")).toBeVisible();
});
