// Export: from an expiry's ladder to the form, a preset with its snippet, an order that is made, its file and its removal; and one that
// is cancelled.
import { readdirSync } from "node:fs";
import { completed, order, signInByRest, test } from "../support/job";
import { look } from "../support/look";
import { alive, expect } from "../support/test";

test.setTimeout(120_000);
const EXPIRY = "2025-08-28";

test("an expiry is chosen, exported, downloaded and removed", async ({ page, request, own }) => {
  await page.goto(`${own.url}/export`);
  await alive(page);
  await expect(page.getByText("Nothing is collected yet")).toBeVisible();
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] } }));

  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050/${EXPIRY}`);
  await alive(page);
  await page.getByRole("link", { name: "Export this expiry" }).click();
  await expect(page).toHaveURL(/\/export\?underlying=.*expiry=2025-08-28/);
  await expect(page.getByText(/^About [\d,]+ rows of \d+ contracts in 1 file, about /)).toBeVisible();
  await page.getByLabel("For a program").selectOption("amibroker");
  await expect(page).toHaveURL(/preset=amibroker/);
  await expect(page.getByRole("heading", { name: /What reads it · docs\/snippets\/amibroker\.py/ })).toBeVisible();
  await page.getByRole("combobox", { name: "Contracts", exact: true }).selectOption("futures");
  await expect(page.getByText(/^About [\d,]+ rows of 1 contract in 1 file/)).toBeVisible();
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await expect(page.getByText(/^Done · [\d,]+ rows in 1 file · /)).toBeVisible();
  await look(page, "export");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "candles-NIFTY-2025-08-28.csv" }).click();
  expect((await download).suggestedFilename()).toBe("candles-NIFTY-2025-08-28.csv");
  const format = page.waitForEvent("download");
  await page.getByRole("link", { name: "expirytrack.format" }).click();
  expect((await format).suggestedFilename()).toBe("expirytrack.format");
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("There is none yet.")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("combobox", { name: "Contracts", exact: true })).toHaveValue("");

  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}`);
  await page.getByLabel("A made series").selectOption("by-premium");
  await expect(page.getByText("By-premium wants side=call or side=put.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Export", exact: true })).toBeDisabled();
  await page.getByLabel("Its parameters").fill("side=call premium=120");
  await page.getByLabel("Its parameters").press("Tab");
  await expect(page.getByText(/^About [\d,]+ rows in 1 file, about /)).toBeVisible();
  await expect(page.getByText('--series "by-premium side=call premium=120"')).toBeVisible();
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await expect(page.getByText(/^Done · [\d,]+ rows in 1 file · /)).toBeVisible();
  await expect(page.getByRole("link", { name: "series-by-premium-NIFTY-2025-08-28.parquet" })).toBeVisible();
  await look(page, "export-series");

  // Back takes a day away, and a list to what it was.
  const first = page.getByLabel("First day");
  await first.fill("2025-08-27");
  await first.press("Tab");
  await expect(page).toHaveURL(/from=2025-08-27/);
  await page.getByLabel("A made series").selectOption("max-pain");
  await expect(page).toHaveURL(/series=max-pain/);
  await page.goBack();
  await expect(page.getByLabel("A made series")).toHaveValue("by-premium");
  await expect(first).toHaveValue("2025-08-27");
  await page.goBack();
  await expect(page).not.toHaveURL(/from=/);
  await expect(first).toHaveValue("");

  // Columns are typed by name, and said on the command line too.
  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}&columns=time,close`);
  const columns = page.getByRole("textbox", { name: "Columns" });
  await expect(columns).toHaveValue("time,close");
  await expect(columns).toHaveAccessibleDescription(/with commas between.*expired_key.*price_age_s/);
  await expect(page.getByText("--columns time,close")).toBeVisible();
  await columns.fill("time,colour");
  await columns.press("Tab");
  await expect(page.getByText(/"colour" is no column of candles: choose expired_key/)).toBeVisible();
  await columns.fill("time, close, delta");
  await columns.press("Tab");
  await expect(page.getByText("--columns time,close,delta")).toBeVisible();
  await expect(page.getByRole("heading", { name: /^A new export .* · with delta · parquet/ })).toBeVisible();

  // An interval that is not in the list is added to it where the address names it.
  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}&interval=7minute`);
  await expect(page.getByLabel("Interval")).toHaveValue("7minute");
  await expect(page.getByLabel("Interval").locator("option:checked")).toHaveText("7 minutes");

  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&strike_from=-5`);
  await expect(page.getByText(/-5 is no strike: write rupees above zero/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Export", exact: true })).toBeDisabled();
});

test("an export that is under way is followed, and a cancelled one leaves no file", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, days: 20 }));
  // Volatility and greeks beside each of some hundred thousand candles: nobody clicks more slowly.
  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}&volatility=yes&split=contract`);
  await alive(page);
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const progress = page.getByRole("progressbar", { name: "How far it is" });
  await expect(progress).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled")).toBeVisible();
  await expect(progress).toHaveCount(0);
  const { exports } = await (await request.get(`${own.url}/api/v1/exports`)).json();
  expect(exports.map((made: { status: string }) => made.status)).toEqual(["cancelled"]);
  // What it had begun is gone with it, its folder too.
  const left = readdirSync(own.dataDir, { recursive: true }).map(String);
  expect(left.filter((name) => name.startsWith("exports"))).toEqual([]);
});
