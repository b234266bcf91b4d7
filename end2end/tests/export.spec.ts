// Export: from an expiry's ladder to the form, a preset with its snippet, an order that is made, its file and its removal; one that
// is cancelled; and the file of what a view shows.
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
  // One that is under way is followed, and a cancelled one leaves no file.
  const making = { id: 7, title: "Nifty 50", state: "1,000 of 4,000 rows", done: 25, has_failed: false, has_ended: false, files: [] };
  await page.route("**/rpc/exports/list", (route) => route.fulfill({ json: [making] }));
  await page.route("**/rpc/exports/cancel", async (route) => {
    Object.assign(making, { state: "Cancelled", done: null, has_ended: true });
    await route.fulfill({ json: { Ok: null } });
  });
  await page.route("**/rpc/exports/create", (route) => route.fulfill({ json: { Ok: 7 } }));
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await expect(page.getByRole("progressbar", { name: "How far it is" })).toHaveAttribute("value", "25");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled")).toBeVisible();
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await page.unrouteAll();

  await page.goto(`${own.url}/export?underlying=NSE_INDEX%7CNifty%2050&strike_from=-5`);
  await expect(page.getByText(/-5 is no strike: write rupees above zero/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Export", exact: true })).toBeDisabled();
});
