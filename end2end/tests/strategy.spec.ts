// Strategies of a past minute: built, edited, undone, run over expiries, and opened from legs ticked in the chain.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const STRATEGY = "/strategy?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&entry=2025-08-26T09:20&legs=sell:1:call:atm,sell:1:put:atm";
const rupees = (number: number) => `${number < 0 ? "−" : number > 0 ? "+" : ""}₹${Math.round(Math.abs(number)).toLocaleString("en-IN")}`;

test("a strategy is built, undone, seen from another minute and run over expiries", async ({ page, request, own, complaints }) => {
  test.setTimeout(120_000);
  await signInByRest(request, own);
  await page.goto(`${own.url}/strategy`);
  await expect(page.getByRole("heading", { name: "No strategy yet" })).toBeVisible();
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 3, strikes: 6 }));
  await page.goto(own.url + STRATEGY);
  await alive(page);
  const profit = page.locator(".strategy-facts .chain-fact").first();
  const told = await (await request.get(`${own.url}/api/v1${STRATEGY}`)).json();
  await expect(profit).toContainText(rupees(told.strategies[0].opened.outcome.profit));
  await expect(page.getByText("A look at the past, not a backtest with fills")).toBeVisible();
  const legs = page.getByRole("group", { name: "Legs" }).locator("tbody tr");
  await expect(legs).toHaveCount(2);
  await expect(page.getByRole("img", { name: /^Payoff/ })).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);

  // What is seen, as a file.
  const files = page.getByRole("group").filter({ hasText: "Every minute of the strategy" });
  await files.getByText("Export").click();
  const file = async (words: string) => (await request.get(own.url + (await files.getByRole("link", { name: words }).getAttribute("href"))!)).body();
  expect(String(await file("CSV"))).toMatch(/^strategy,timestamp,price,profit/);
  expect((await file("Parquet")).subarray(0, 4).toString()).toBe("PAR1");
  expect((await file("Excel")).subarray(0, 2).toString()).toBe("PK");

  // A template, an edit, and back undoes both.
  await page.getByRole("button", { name: "Butterfly" }).click();
  await expect(legs).toHaveCount(3);
  const lots = page.getByRole("group", { name: "Leg 2" }).getByRole("textbox", { name: "Lots" });
  await expect(lots).toHaveValue("2");
  await lots.fill("0");
  await lots.press("Tab");
  await expect(page.getByText("0 lots are no leg")).toBeVisible();
  await page.goBack();
  await expect(legs).toHaveCount(3);
  const side = page.getByRole("group", { name: "Leg 2" }).getByRole("combobox", { name: "Side" });
  const exit = page.getByRole("combobox", { name: "Exit day" });
  await side.selectOption("buy");
  await expect(page).toHaveURL(/buy%3A2%3Acall|buy:2:call/);
  await exit.selectOption("2025-08-28");
  await expect(page).toHaveURL(/exit=2025-08-28/);
  await page.goBack();
  await expect(exit).toHaveValue("");
  await page.goBack();
  await expect(side).toHaveValue("sell");
  await page.goBack();
  await expect(legs).toHaveCount(2);

  const chart = page.getByRole("slider", { name: "Minute that is read" });
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/at=2025-08-26T09/);
  await expect(page.getByRole("button", { name: "See it from the entry" })).toBeVisible();

  await page.getByRole("button", { name: "Run", exact: true }).click();
  const runs = page.getByRole("group", { name: "Expiries of the run" });
  await expect(runs.getByRole("row", { name: /28 Aug 2025/ })).toContainText("held to expiry");
  await expect(runs.getByText("Not priced:").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  expect(await seriousFaults(page)).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);

  // Legs ticked in the chain.
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${own.url}/chain?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&at=2025-08-26T09:20`);
  await alive(page);
  await page.getByRole("checkbox", { name: /^Legs/ }).check();
  await page.locator("tr.at-the-money").getByRole("button", { name: /^Sell the call/ }).click();
  await page.locator("tr.at-the-money").getByRole("button", { name: /^Buy the put/ }).click();
  await expect(page.getByRole("region", { name: "Ticked legs" })).toContainText("2 legs");
  await page.getByRole("link", { name: "Strategy →" }).click();
  await expect(page).toHaveURL(/strategy\?.*entry=2025-08-26T09.*legs=sell/);
  await expect(legs).toHaveCount(2);
  complaints.length = 0;
});
