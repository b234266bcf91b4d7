// The whole road in the browser: sign in, walk the wizard, watch the job, open a chart, download the CSV, and
// compare it row for row with the database. Then a job that is paused, resumed, and cut down in the middle.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { query } from "../support/database";
import { JOB_MS_MAX, chooseNewest, forgive, signIn, test } from "../support/job";
import { expect, alive, seriousFaults } from "../support/test";

/** Walks the wizard to a job of the newest expiry of Nifty; says the job's address. */
async function collectNewest(page: Page): Promise<string> {
  await chooseNewest(page);
  const start = page.getByRole("button", { name: "Start download" });
  await expect(start).toBeEnabled();
  await expect(page.getByText(/Counted from the contracts/)).toBeVisible();
  // The choices are in the address: a reload keeps them.
  await page.reload();
  await alive(page);
  await expect(page.getByRole("button", { name: "Start download" })).toBeEnabled();
  await page.getByRole("button", { name: "Start download" }).click();
  await expect(page).toHaveURL(/\/jobs\/\d+$/);
  return page.url();
}

test("from signing in to a CSV that equals the database", async ({ page, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signIn(page, own, "/collect");
  await collectNewest(page);
  await expect(page.getByText("candles/s")).toBeVisible();
  await page.screenshot({ path: "test-results/screenshots/job-running.png" });
  await expect(page.getByRole("main").getByText("completed", { exact: true }).first()).toBeVisible({ timeout: JOB_MS_MAX });
  expect(await seriousFaults(page)).toEqual([]);

  await page.goto(`${own.url}/browse`);
  await alive(page);
  await page.getByRole("link", { name: "Nifty 50" }).first().click();
  await page.getByRole("link", { name: /16 Sep 2025/ }).first().click();
  await page.getByRole("link", { name: "25100 CE", exact: true }).click();
  await expect(page.getByRole("heading", { name: "NIFTY 25100 CE 16 SEP 25" })).toBeVisible();
  await expect(page.locator(".chart-canvas canvas").first()).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: "test-results/screenshots/chart.png" });
  await page.getByRole("link", { name: "1 hour" }).click();
  await expect(page).toHaveURL(/interval=1hour/);
  await page.goBack();

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^simulated_NIFTY_25100_CE/);
  const [header, ...lines] = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
  expect(header).toBe("timestamp,open,high,low,close,volume,open_interest");

  const key = decodeURIComponent(new URL(page.url()).pathname.split("/").pop() ?? "");
  await page.goto("about:blank");
  await own.close();
  const sql = "SELECT timestamp, open, high, low, close, volume, open_interest FROM historical_data WHERE expired_instrument_key = ? ORDER BY timestamp";
  const rows = await query(own.dataDir, sql, [key]);
  expect(rows.length).toBeGreaterThan(1000);
  const parsed = lines.map((line) => line.split(",").map((field, at) => (at === 0 ? field : Number(field))));
  expect(parsed).toEqual(rows);
  forgive(complaints, /another host: http:\/\/127\.0\.0\.1:\d+\/(v2\/login|favicon)/);
});

test("a job is held and resumed; one whose server is cut down goes on by itself, and the page shows it", async ({ page, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signIn(page, own, "/collect");
  const address = await collectNewest(page);
  const done = async () => {
    const answer = await fetch(address.replace("/jobs/", "/api/v1/jobs/"));
    return (await answer.json()) as { status: string; contracts: { done: number; total: number }; candles: number };
  };
  await expect.poll(async () => (await done()).contracts.done, { timeout: 30_000 }).toBeGreaterThan(10);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("main").getByText("paused", { exact: true }).first()).toBeVisible();
  const held = (await done()).contracts.done;
  await page.getByRole("button", { name: "Resume" }).click();
  await expect.poll(async () => (await done()).contracts.done, { timeout: 30_000 }).toBeGreaterThan(held);
  await own.kill();
  await expect(page.getByText(/reconnecting|server is away|not answer/i).filter({ visible: true }).first()).toBeVisible({ timeout: 15_000 });
  await own.start();
  // No reload: the page finds its way back.
  await expect(page.getByRole("main").getByText("completed", { exact: true }).first()).toBeVisible({ timeout: JOB_MS_MAX });
  const job = await done();
  expect(job.status).toBe("completed");

  const second = await page.context().newPage();
  await second.goto(address);
  await expect(second.getByText("completed", { exact: true }).first()).toBeVisible();
  await second.close();
  await page.goto("about:blank");
  await own.close();
  const [[candles, contracts]] = await query(own.dataDir, "SELECT (SELECT count(*) FROM historical_data), (SELECT count(*) FROM contract)");
  expect(candles).toBe(job.candles);
  expect(contracts).toBe(job.contracts.total);
  forgive(complaints, /another host: http:\/\/127\.0\.0\.1:\d+\/(v2\/login|favicon)/, /WebSocket|ERR_CONNECTION/);
});
