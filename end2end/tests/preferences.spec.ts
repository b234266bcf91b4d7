// Limits, reading and about in the browser: what is set holds at once and in every tab, is refused in words, and is
// there after a reload.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";

test("limits are refused in words, hold at once, and are there after a reload", async ({ page, request, own }) => {
  await page.goto(`${own.url}/settings`);
  await alive(page);
  await page.getByRole("link", { name: "Limits" }).click();
  await expect(page).toHaveURL(`${own.url}/settings/limits`);
  const save = page.getByRole("button", { name: "Save" });
  await expect(save).toBeDisabled();
  const second = page.getByRole("textbox", { name: "Requests a second" });
  await second.fill("51");
  await expect(page.getByText("The number of requests a second must be a whole number from 1 to 50, not \"51\".")).toBeVisible();
  await expect(save).toBeDisabled();
  await second.fill("7");
  await page.getByRole("textbox", { name: "Workers" }).fill("3");
  // What is not saved is kept while another page is shown.
  await expect(page.getByText("Not saved yet; kept while you look at other pages.")).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).locator('a.rail-entry[href="/jobs"]').click();
  await expect(page).toHaveURL(`${own.url}/jobs`);
  await page.goBack();
  await expect(second).toHaveValue("7");
  await expect(page.getByText("Not saved yet; kept while you look at other pages.")).toBeVisible();
  // Enter saves, as in any form.
  await second.press("Enter");
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await expect(save).toBeDisabled();
  // The gauge shows the lower limit without a reload.
  await expect(page.locator("main")).toContainText(/1 second\d+ \/ 71 minute/);

  await page.reload();
  await alive(page);
  await expect(second).toHaveValue("7");
  await page.goto(`${own.url}/settings/limits`);
  await alive(page);
  await expect(page.getByRole("textbox", { name: "Workers" })).toHaveValue("3");

  // The wizard begins with them, and what is ordered has them.
  await signInByRest(request, own);
  await page.goto(`${own.url}/collect?step=4&instruments=NSE_INDEX:Nifty.50&expiries=2508-28&days=2`);
  await alive(page);
  await expect(page.getByRole("slider", { name: /Workers/ })).toHaveValue("3");
  const job = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, kinds: "futures" });
  await completed(request, own, job);
  expect((await (await request.get(`${own.url}/api/v1/jobs/${job}`)).json()).plan.workers).toBe(3);

  // Emptied again, it is left to the limits of Upstox.
  await page.goto(`${own.url}/settings/limits`);
  await alive(page);
  await second.fill("");
  await save.click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  const { settings } = await (await request.get(`${own.url}/api/v1/settings`)).json();
  expect(settings.limits).toEqual({ workers: 3, requests_per_second: null, reserve_percent: null });
});

test("numbers are written as chosen on every page, and programs read them as before", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 40 });
  await completed(request, own, job);
  const { candles } = await (await request.get(`${own.url}/api/v1/jobs/${job}`)).json();
  expect(candles).toBeGreaterThan(100_000);
  const written = (style: string) => (candles as number).toLocaleString(style);
  await page.goto(`${own.url}/jobs/${job}`);
  await alive(page);
  // The log of a job stays as it was written, so the figure is looked at.
  const figure = (style: string) => page.getByText(written(style), { exact: true });
  await expect(figure("en-IN")).not.toHaveCount(0);

  await page.goto(`${own.url}/settings/reading`);
  await alive(page);
  await page.getByRole("radio", { name: /1,234,567/ }).check();
  await page.getByRole("textbox", { name: /Rate for volatility/ }).fill("6.755");
  await expect(page.getByText(/must be a percentage from -10 to 50 with at most two decimals/)).toBeVisible();
  await page.getByRole("textbox", { name: /Rate for volatility/ }).fill("6.75");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  // Without loading the document again, and after it.
  await page.getByRole("link", { name: "Jobs" }).click();
  await page.locator(`main a[href="/jobs/${job}"]`).first().click();
  await expect(figure("en-US")).not.toHaveCount(0);
  await page.reload();
  await alive(page);
  await expect(figure("en-US")).not.toHaveCount(0);
  await expect(figure("en-IN")).toHaveCount(0);
  expect((await (await request.get(`${own.url}/api/v1/jobs/${job}`)).json()).candles).toBe(candles);
});

test("the theme is chosen on the page, in the top bar, and given back to the system", async ({ page, own }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${own.url}/settings/reading`);
  await alive(page);
  const html = page.locator("html");
  await expect(page.getByRole("radio", { name: "As the system" })).toBeChecked();
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(html).toHaveAttribute("data-theme", "expirytrack-dark");
  await page.getByRole("button", { name: "Change between light and dark" }).click();
  await expect(page.getByRole("radio", { name: "Light", exact: true })).toBeChecked();
  await page.reload();
  await alive(page);
  await expect(html).toHaveAttribute("data-theme", "expirytrack-light");
  await page.getByRole("radio", { name: "As the system" }).check();
  await expect(html).not.toHaveAttribute("data-theme");
  await page.reload();
  await alive(page);
  await expect(html).not.toHaveAttribute("data-theme");
});

test("about says what runs where, and leads to the document of REST and the keys", async ({ page, request, own }) => {
  await page.goto(`${own.url}/settings/about`);
  await alive(page);
  const main = page.locator("main");
  const { version, sqlite } = await (await request.get(`${own.url}/api/v1/status`)).json();
  for (const fact of [version, sqlite, "AGPL-3.0-or-later", own.dataDir]) await expect(main).toContainText(fact);
  const openapi = await page.getByRole("link", { name: "REST as OpenAPI" }).getAttribute("href");
  expect((await (await request.get(own.url + openapi)).json()).info.title).toBe("ExpiryTrack");
  await page.getByRole("button", { name: "Show the keys" }).click();
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
});

test("what was set elsewhere meanwhile is shown, and never taken back by a page that was open", async ({ page, request, own }) => {
  const put = async (limits: object) => {
    expect((await request.put(`${own.url}/api/v1/settings`, { data: { limits } })).ok()).toBe(true);
  };
  const limits = async () => (await (await request.get(`${own.url}/api/v1/settings`)).json()).settings.limits;
  await page.goto(`${own.url}/settings/limits`);
  await alive(page);
  const second = page.getByRole("textbox", { name: "Requests a second" });
  const workers = page.getByRole("textbox", { name: "Workers" });
  await workers.fill("3");
  await put({ requests_per_second: 9 });
  await expect(second).toHaveValue("9");
  await expect(workers, "what a person types stays").toHaveValue("3");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  expect(await limits()).toEqual({ workers: 3, requests_per_second: 9, reserve_percent: null });

  // Nor where the page has not heard of it: what it shows is as it was opened.
  await page.routeWebSocket(/\/ws$/, () => {});
  await page.reload();
  await alive(page);
  await put({ workers: 3, requests_per_second: 11 });
  await workers.fill("4");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  expect(await limits()).toEqual({ workers: 4, requests_per_second: 11, reserve_percent: null });
  await expect(second).toHaveValue("11");
});

test("notices that were set up elsewhere meanwhile are not put over, and the page says so", async ({ page, request, own }) => {
  await page.goto(`${own.url}/settings`);
  await alive(page);
  await page.getByRole("checkbox", { name: "By webhook" }).check();
  await page.getByLabel("Address").fill("http://127.0.0.1:9/mine");
  await page.getByLabel("Secret").fill("a secret of mine, long enough");
  const theirs = { webhook: { url: "http://127.0.0.1:9/theirs", kinds: ["job_failed"] }, secrets: { webhook: "a secret of theirs, long enough" } };
  expect((await request.put(`${own.url}/api/v1/notices/settings`, { data: theirs })).ok()).toBe(true);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("changed elsewhere since you saw it, and nothing of yours was saved");
  const { webhook } = await (await request.get(`${own.url}/api/v1/notices/settings`)).json();
  expect(webhook).toEqual(theirs.webhook);
  await page.reload();
  await alive(page);
  await expect(page.getByLabel("Address")).toHaveValue(theirs.webhook.url);
});
