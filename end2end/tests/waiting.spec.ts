// While Upstox holds requests back every page says so and works; what a person orders is kept; signing out in the
// middle of it is seen at once; and after an outage every page comes back by itself.
import type { APIRequestContext, Page } from "@playwright/test";
import { JOB_MS_MAX, chooseNewest, forgive, test } from "../support/job";
import type { Server } from "../support/server";
import { expect, alive, seriousFaults } from "../support/test";

const NIFTY = "NSE_INDEX|Nifty 50";
const EXPIRY = "2025-08-28";
const CLOCK_TIME = /\d{2}:\d{2}:\d{2} IST/;

async function open(page: Page, server: Server, path: string) {
  await page.goto(`${server.url}${path}`);
  await alive(page);
}

async function signedIn(request: APIRequestContext, server: Server) {
  const answer = await request.post(`${server.url}/api/v1/session`, { data: { token: "simulated" } });
  expect(answer.ok()).toBe(true);
}

async function startJob(request: APIRequestContext, server: Server): Promise<number> {
  const order = { underlyings: [NIFTY], expiries: { dates: [EXPIRY] }, kinds: "futures", days: 10, with_underlying: false };
  const answer = await request.post(`${server.url}/api/v1/jobs`, { data: order });
  expect(answer.status()).toBe(201);
  return (await answer.json()).id;
}

/** A job whose first request for candles is answered with 429 and ten minutes to wait. */
async function heldJob(request: APIRequestContext, server: Server): Promise<number> {
  await signedIn(request, server);
  const session = await (await request.get(`${server.url}/api/v1/session`)).json();
  const faults = { path_prefix: "/v2/expired-instruments/historical-candle", too_many_requests: 1, retry_after_seconds: 600 };
  expect((await request.put(new URL("/__faults", session.broker).href, { data: faults })).ok()).toBe(true);
  const job = await startJob(request, server);
  const waits = async () => (await (await request.get(`${server.url}/api/v1/jobs/${job}`)).json()).waits?.what;
  await expect.poll(waits, { timeout: JOB_MS_MAX }).toBe("pause");
  return job;
}

test("a held job says until when, and signing out is seen at once", async ({ page, request, own }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  const job = await heldJob(request, own);
  await open(page, own, `/jobs/${job}`);
  const main = page.getByRole("main");
  await expect(main.getByText("Held by Upstox")).toBeVisible();
  await expect(main.getByText(/Upstox asked for a pause: nothing is asked until \d{2}:\d{2}:\d{2} IST \(Retry-After 600 s\)/).first()).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: "test-results/screenshots/job-held.png", fullPage: true });
  expect((await request.delete(`${own.url}/api/v1/session`)).ok()).toBe(true);
  await expect(main.getByText("waiting for sign-in", { exact: true }).first()).toBeVisible();
  await expect(main.getByText(/done about/)).toHaveCount(0);

  // The same of a schedule whose run was asked for.
  await signedIn(request, own);
  const rule = { underlyings: [NIFTY], expiries: "monthly", kinds: "futures", days: 5 };
  const { id } = await (await request.post(`${own.url}/api/v1/schedules`, { data: rule })).json();
  await open(page, own, "/schedules");
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(main.getByText(/A run was asked for at \d{2}:\d{2} and comes by itself/)).toBeVisible();
  expect((await request.delete(`${own.url}/api/v1/session`)).ok()).toBe(true);
  await expect(main.locator(".job-status")).toHaveText("waiting for sign-in");
  // And one that is gone is gone here as soon as anything else is heard.
  expect((await request.delete(`${own.url}/api/v1/schedules/${id}`)).ok()).toBe(true);
  await signedIn(request, own);
  await expect(main.getByRole("heading", { level: 1 })).toHaveText("No schedule yet");
});

test("no page waits for the rate limit, and what is ordered meanwhile is kept", async ({ page, request, own }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await heldJob(request, own);
  // An instrument that was never listed.
  await open(page, own, "/collect?step=3&instruments=NSE_INDEX:Nifty.Bank");
  expect(await page.evaluate(() => document.readyState)).toBe("complete");
  const main = page.getByRole("main");
  await expect(main.getByText(/The expiries of .* are not known yet/)).toBeVisible();
  await expect(main.getByText(CLOCK_TIME).first()).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
  // Where its expiries are browsed it is said too, with the way to them.
  await open(page, own, "/browse/NSE_INDEX%7CNifty%20Bank");
  await expect(main.getByRole("heading", { name: "No expiry of Nifty Bank is known yet" })).toBeVisible();
  await main.getByRole("link", { name: "Collect Nifty Bank" }).click();
  await expect(page).toHaveURL(/\/collect\?step=3&instruments=/);

  const rule = { underlyings: [NIFTY], expiries: "monthly", kinds: "futures", days: 5 };
  const added = await request.post(`${own.url}/api/v1/schedules`, { data: rule });
  expect(added.status()).toBe(201);
  await open(page, own, "/schedules");
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(main.getByText(/A run was asked for at \d{2}:\d{2} and comes by itself/)).toBeVisible();
  await expect(main.getByText(CLOCK_TIME).first()).toBeVisible();
  // It is kept without the page, and over a restart.
  await page.goto("about:blank");
  await own.kill();
  await own.start();
  const schedule = `${own.url}/api/v1/schedules/${(await added.json()).id}`;
  const ran = async () => (await (await request.get(schedule)).json()).last_run?.outcome;
  // The restarted market has no faults, and a pause is not remembered.
  await expect.poll(ran, { timeout: JOB_MS_MAX }).toBeTruthy();
});

test("a number that is refused starts nothing", async ({ page, request, own }) => {
  await signedIn(request, own);
  await open(page, own, "/collect");
  await chooseNewest(page);
  const start = page.getByRole("button", { name: "Start download" });
  const days = page.getByLabel("Days before expiry");
  await days.fill("7");
  await expect(start).toBeEnabled();
  // Nor is it said what the number before would have brought.
  const summary = page.getByRole("complementary", { name: "Summary" });
  const counted = summary.getByText("Done about", { exact: true });
  await expect(counted).toBeVisible();
  for (const wrong of ["0", "-5", "90.5", ""]) {
    await days.fill(wrong);
    await expect(start, `"${wrong}"`).toBeDisabled();
    await expect(counted, `"${wrong}"`).toBeHidden();
  }
  await expect(page.getByText("The number of days before expiry must be a whole number from 1 to 1000; it is missing.")).toBeVisible();
  await days.fill("7");
  await expect(start).toBeEnabled();
  await expect(counted).toBeVisible();
});

test("after an outage a page that could not be read comes back by itself", async ({ page, request, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signedIn(request, own);
  const job = await startJob(request, own);
  await open(page, own, `/jobs/${job}`);
  await own.kill();
  await page.getByRole("navigation").getByRole("link", { name: "Browse" }).first().click();
  await page.goBack();
  const note = page.getByText("ExpiryTrack's server does not answer").first();
  await expect(note).toBeVisible();
  await own.start();
  await expect(note).toHaveCount(0, { timeout: JOB_MS_MAX });
  await expect(page.getByRole("region", { name: "Progress" })).toBeVisible();
  forgive(complaints, /WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE/);
});
