// The chart of a contract: panes and lines that are added, contracts compared, points measured, a picture saved, and an
// address that shows all of it again.
import { readFile } from "node:fs/promises";
import { brokenLines } from "../../app/src/browser/chart/broken_line.js";
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const EXPIRY = "2025-08-28";

test("a chart is built up, measured, saved and found again by its address", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, days: 3, strikes: 4 }));
  const chain = await (await request.get(`${own.url}/api/v1/chain?underlying=NIFTY&expiry=${EXPIRY}&at=${EXPIRY}T11:00`)).json();
  const row = chain.rows.find(({ strike }: { strike: number }) => strike === chain.atm_strike);
  const path = `/browse/NSE_INDEX%7CNifty%2050/${EXPIRY}/${encodeURIComponent(row.call.expired_key)}`;
  await page.goto(`${own.url}${path}?at=${EXPIRY}T11:00`);
  await alive(page);
  const legend = page.locator(".candle-legend");
  await expect(legend).toContainText("28 Aug 2025, 11:00");
  // Volume and open interest in lots, by the lot of the contract.
  const units = Number((await legend.locator(".legend-units dd").last().textContent())!.match(/^[\d,]+/)![0].replace(/,/g, ""));
  await expect(legend.locator(".legend-units dd").last()).toContainText(`${(units / chain.lot_size).toLocaleString("en-IN")} lot`);
  // The document began with them, and the page took what was on its way.
  const candles = () => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/v1/candles/")).length;
  expect(await page.evaluate(candles)).toBe(1);
  await expect(page.getByRole("list", { name: "Days of this chart" })).toContainText("Expiry");

  // What the pane says at the crosshair is what the chain says of the minute.
  await page.getByText("Add", { exact: true }).click();
  await page.getByRole("checkbox", { name: "Volatility" }).check();
  await page.getByRole("checkbox", { name: "VWAP of the day" }).check();
  await page.getByRole("checkbox", { name: "The future of this expiry" }).check();
  await expect(page).toHaveURL(/show=volatility(,|%2C)vwap(,|%2C)future/);
  // The menu goes away by Escape, and the keyboard goes on from its button.
  await page.keyboard.press("Escape");
  await expect(page.getByRole("checkbox", { name: "Volatility" })).toBeHidden();
  await expect(page.getByText("Add (3)")).toBeFocused();
  const percent = `${(row.call.volatility * 100).toFixed(2)} %`;
  await expect(legend).toContainText("VWAP");
  await page.locator(".chart-canvas").hover();
  for (let step = 0; step < 400 && !(await legend.textContent())!.includes("28 Aug 2025, 11:00"); step += 1) {
    const now = (await legend.textContent())!;
    await page.keyboard.press(now.includes("28 Aug") && now.match(/, (\d\d:\d\d)/)![1] < "11:00" ? "." : ",");
  }
  await expect(legend).toContainText(percent);

  // The other side of the strike is compared, and both are indexed.
  await page.getByText("Compare", { exact: true }).click();
  await page.getByRole("button", { name: new RegExp(`Compare with ${chain.atm_strike} PE`) }).click();
  await page.getByRole("checkbox", { name: /Indexed to 100/ }).check();
  await expect(page).toHaveURL(/compare=.*indexed=yes/);
  // A click elsewhere closes it.
  await page.getByRole("heading", { level: 1 }).click();
  await expect(page.getByRole("checkbox", { name: /Indexed to 100/ })).toBeHidden();
  await expect(legend).toContainText(`${chain.atm_strike} PE`);
  expect(await seriousFaults(page)).toEqual([]);

  // From the crosshair two candles on.
  const measured = page.getByRole("status").filter({ hasText: "bar" });
  for (const key of [",", "m", ".", ".", "m"]) await page.keyboard.press(key);
  await expect(measured).toContainText(/^[+−][\d.,]+ \([+−][\d.]+ %\), 2 minutes, 2 bars: 28 Aug 2025/);

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save PNG" }).click();
  const picture = await saved;
  expect(picture.suggestedFilename()).toMatch(/^NIFTY_.*_1minute\.png$/);
  const bytes = await readFile(await picture.path());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(10_000);

  // Moved along, the address says where; opened anew it shows the same.
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(page).toHaveURL(/range=2025-08-2\d/);
  const address = page.url();
  await page.reload();
  await alive(page);
  await expect(legend).toContainText(`${chain.atm_strike} PE`);
  expect(page.url()).toBe(address);

  // To the other side by key: what was seen and what was added stay.
  await page.keyboard.press("t");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`${chain.atm_strike} PE`);
  await expect(page).toHaveURL(/show=volatility/);

  // The table has every column, and on a phone nothing is wider than the window.
  await page.getByRole("link", { name: "View as table" }).click();
  await expect(page.getByRole("columnheader", { name: "Volatility" })).toBeVisible();
  await page.getByRole("link", { name: "View as chart" }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFaults(page)).toEqual([]);
});

test("a line goes on beyond both edges at its bars' own places, wherever those were last seen", () => {
  const line = brokenLines()();
  // The library places the bars in view alone: the first was never seen, the last one long ago.
  const bars = [NaN, 10, 20, 900].map((x, time) => ({ x, time, originalData: { value: 1, day: 0 } }));
  line.update({ bars, barSpacing: 10, visibleRange: { from: 1, to: 3 }, conflationFactor: 1 }, { color: "", lineWidth: 1, joins: false });
  const places: number[] = [];
  const note = (x: number) => places.push(x);
  const pen = { beginPath() {}, stroke() {}, fillRect() {}, moveTo: note, lineTo: note };
  const scope = { context: pen, horizontalPixelRatio: 1, verticalPixelRatio: 1 };
  line.renderer().draw({ useBitmapCoordinateSpace: (draw: (of: typeof scope) => void) => draw(scope) }, (value: number) => value);
  expect(places).toEqual([0, 10, 20, 30]);
});
