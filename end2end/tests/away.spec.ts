// A server that goes away while a page asks for something more: the page says so, and what was asked for comes by itself when the
// server is back.
import { completed, forgive, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";

const EXPIRY = "2025-08-28";
const AWAY = "ExpiryTrack's server does not answer";

test.setTimeout(120_000);

test.beforeEach(async ({ request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, days: 2, strikes: 4 }));
});

test.afterEach(({ complaints }) => forgive(complaints, /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket/));

test("a strategy that was changed meanwhile is read, and a run goes on", async ({ page, own }) => {
  await page.goto(`${own.url}/strategy?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}&entry=2025-08-28T09:20&legs=sell:1:call:atm`);
  await alive(page);
  const legs = page.getByRole("group", { name: "Legs" }).locator("tbody tr");
  await expect(legs).toHaveCount(1);
  await own.kill();
  await page.getByRole("button", { name: "Butterfly" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "That could not be read" })).toContainText(AWAY);
  await expect(page.getByRole("alert").filter({ hasText: "The run has ended" })).toContainText(AWAY);
  await own.start();
  await expect(legs).toHaveCount(3, { timeout: 30_000 });
  await expect(page.getByRole("group", { name: "Expiries of the run" }).getByRole("row", { name: /28 Aug 2025/ })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a chart keeps its candles, and the crumbs stand still", async ({ page, request, own }) => {
  const { contracts } = await (await request.get(`${own.url}/api/v1/stored/contracts?underlying=NIFTY&expiry=${EXPIRY}&type=options`)).json();
  const [most] = contracts.sort((one: { candles: number }, other: { candles: number }) => other.candles - one.candles);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050/${EXPIRY}/${encodeURIComponent(most.contract.expired_key)}`);
  await alive(page);
  const legend = page.locator(".candle-legend");
  await expect(legend).toContainText("28 Aug 2025");
  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  const before = await crumbs.boundingBox();
  await own.kill();
  await expect(page.getByText("Server away")).toBeVisible();
  expect(await crumbs.boundingBox()).toEqual(before);
  await page.getByRole("navigation", { name: "Interval" }).getByRole("link", { name: "15 minutes" }).click();
  const note = page.getByRole("alert").filter({ hasText: "The candles could not be fetched" });
  await expect(note).toContainText("What is shown is what came last.");
  await expect(legend).toContainText("28 Aug 2025");
  await own.start();
  await expect(note).toHaveCount(0, { timeout: 30_000 });
  await expect(legend).toContainText("28 Aug 2025");
});

test("expiries that are to be pruned are read", async ({ page, own }) => {
  await page.goto(`${own.url}/settings/storage`);
  await alive(page);
  await own.kill();
  const prune = page.getByRole("region", { name: "Prune" });
  await prune.getByText("Chosen ones", { exact: true }).click();
  await expect(prune.getByRole("alert")).toContainText(AWAY);
  await own.start();
  await expect(prune.getByRole("checkbox", { name: /28 Aug 2025/ })).toBeVisible({ timeout: 30_000 });
  await expect(prune.getByRole("alert")).toHaveCount(0);
});
