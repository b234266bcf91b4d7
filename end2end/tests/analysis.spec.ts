// The analysis of an expiry: charts over one time with one crosshair, charts by strike at two minutes, each as a table
// and as a file; and any series that can be made. The address holds what is shown.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";
import { Wire } from "../support/wire";

const ADDRESS = "/analysis?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28";

test("an expiry is analysed over time and by strike, and series are made of it", async ({ page, request, own, complaints }) => {
  test.setTimeout(120_000);
  await signInByRest(request, own);
  await page.goto(`${own.url}/analysis`);
  await expect(page.getByRole("heading", { name: "Nothing to analyse yet" })).toBeVisible();
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-21", "2025-08-28"] }, days: 3, strikes: 6 }));

  await page.goto(`${own.url}${ADDRESS}&at=2025-08-26T11:00`);
  await alive(page);
  const card = (name: string) => page.locator(`.analysis-card[data-name="${name}"]`);
  for (const name of ["open-interest-over-time", "put-call-ratio", "max-pain", "volatility", "straddle", "straddle-decay", "premium-by-delta"]) {
    await expect(card(name).locator("canvas").first()).toBeVisible();
  }
  for (const name of ["open-interest", "open-interest-change", "volume", "gamma-exposure", "smile", "term-structure", "surface"]) {
    await expect(card(name).getByRole("img")).toBeVisible();
  }
  await expect(card("gamma-exposure")).toContainText("Calls count as positive and puts as negative");

  // Without a pointer the values are those of the minute that the charts by strike stand at.
  const moments = page.locator(".time-moment");
  await expect(moments.first()).toHaveText("26 Aug 2025, 11:00");

  // Over one chart, the values of all are those of its minute.
  const first = card("put-call-ratio").locator(".time-canvas");
  await first.scrollIntoViewIfNeeded();
  const box = (await first.boundingBox())!;
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  await expect(moments.first()).not.toHaveText("26 Aug 2025, 11:00");
  await expect(moments.first()).toHaveText(/26 Aug 2025, \d\d:\d\d/);
  expect(new Set(await moments.allTextContents()).size).toBe(1);
  await page.mouse.click(box.x + box.width / 3, box.y + box.height / 2);
  await expect(page).not.toHaveURL(/T11(%3A|:)00/);

  // The table says what the file says.
  await page.goto(`${own.url}${ADDRESS}&at=2025-08-26T11:00&since=2025-08-26T10:00`);
  await alive(page);
  const interest = card("open-interest");
  await interest.getByRole("button", { name: "Table" }).click();
  const csv = await (await request.get(own.url + (await interest.getByRole("link", { name: "CSV", includeHidden: true }).getAttribute("href"))!)).text();
  const lines = csv.trim().split("\n").slice(1).map((line) => line.split(",").map(Number));
  const row = interest.getByRole("row").nth(2);
  const strike = Number((await row.getByRole("rowheader").textContent())!.replace(/,/g, ""));
  const of = lines.find(([told]) => told === strike)!;
  await expect(row.getByRole("cell").first()).toHaveText(of[1].toLocaleString("en-IN"));
  expect(await seriousFaults(page)).toEqual([]);

  // By key and by part; the address follows.
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/at=2025-08-26T11(%3A|:)01/);
  await page.getByRole("button", { name: "Life" }).click();
  await expect(page).toHaveURL(/span=life/);
  await expect(page.locator(".analysis-span")).toContainText("a point for each 5 minutes");
  // One line stands at the minute, and none where it stood on the day.
  await expect(first.locator("canvas").first()).toBeVisible();
  await expect(first.locator('.time-hair[data-which="at"]')).toHaveCount(1);

  await page.getByRole("link", { name: "Series", exact: true }).click();
  await alive(page);
  await expect(page.getByRole("textbox", { name: /^Keep the strike of/ })).toBeVisible();
  await page.getByRole("combobox", { name: /^Series/ }).selectOption("strangle");
  await expect(page).toHaveURL(/series=strangle%20offset%3D2|series=strangle\+offset/);
  await expect(page.locator(".analysis-card").first()).toContainText("Call at the strike 2 above");
  await page.goBack();
  await expect(page.locator(".analysis-card").first()).toContainText("Call plus put at the strike nearest");

  // The same of the expiry before lies beside it.
  await page.getByRole("combobox", { name: "Earlier expiries beside it" }).selectOption("1");
  await expect(page).toHaveURL(/beside=1/);
  await expect(card("series-beside")).toContainText("price of 2 expiries");
  await expect(card("series-beside")).toContainText("21 Aug 2025");
  await card("series-beside").getByRole("button", { name: "Table" }).click();
  await expect(card("series-beside").getByRole("columnheader", { name: "21 Aug 2025" })).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);

  // What was implied stands beside what was realised, in the table too; an interval of an address is in the list.
  await page.goto(`${own.url}${ADDRESS}&part=series&series=realised-volatility&interval=7minute`);
  await expect(page.getByRole("combobox", { name: /^Interval/ })).toHaveValue("7minute");
  await expect(card("series-0")).toContainText("What was implied is, on each day, of the nearest expiry");
  await card("series-0").getByRole("button", { name: "Table" }).click();
  for (const column of ["volatility", "implied", "implied calendar"]) {
    await expect(card("series-0").getByRole("columnheader", { name: column, exact: true })).toBeVisible();
  }
  await page.getByRole("combobox", { name: /^Interval/ }).selectOption("30minute");
  await expect(page).toHaveURL(/interval=30minute/);

  await page.goto(`${own.url}${ADDRESS}&part=series&series=strangle%20offset%3D0`);
  await expect(page.getByText("is not above nought")).toBeVisible();
  await page.goto(`${own.url}${ADDRESS}&at=2025-08-24T11:00`);
  await expect(page.getByText(/market was closed on 24 Aug 2025/).first()).toBeVisible();
  // A day without minutes is none of the list.
  await expect(page.getByRole("combobox", { name: "Day, At" })).toHaveValue("");
  // What is refused there is refused by each of its charts.
  await page.waitForLoadState("networkidle");
  complaints.length = 0;

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${own.url}${ADDRESS}&at=2025-08-26T11:00`);
  await expect(card("surface").getByRole("img")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFaults(page)).toEqual([]);
});

test("the two minutes are those of the address, from part to part and back; figures of a minute before are marked", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 3, strikes: 3 }));
  const answers = await Wire.of(page, "**/rpc/analysis/**");
  await page.goto(`${own.url}${ADDRESS}&at=2025-08-26T11:00&since=2025-08-26T10:00`);
  await alive(page);
  const at = page.getByRole("slider", { name: "Minute, At" });
  const since = page.getByRole("slider", { name: "Minute, From" });
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/at=2025-08-26T11(%3A|:)01/);
  await page.getByRole("link", { name: "Series", exact: true }).click();
  await expect(page).toHaveURL(/part=series/);
  await expect(page).toHaveURL(/at=2025-08-26T11(%3A|:)01/);
  await page.getByRole("combobox", { name: /^Series/ }).selectOption("strangle");
  await expect(page).toHaveURL(/series=strangle/);
  await page.getByRole("link", { name: "Expiry", exact: true }).click();
  await expect(at).toHaveAttribute("aria-valuetext", "11:01");
  await expect(since).toHaveAttribute("aria-valuetext", "10:00");
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect(page).not.toHaveURL(/part=series/);
  await expect(at).toHaveAttribute("aria-valuetext", "11:01");

  // Where the page stays, its minutes follow too.
  await page.getByRole("button", { name: "Life" }).click();
  await expect(page).toHaveURL(/span=life/);
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/at=2025-08-26T11(%3A|:)02/);
  await page.goBack();
  await expect(page).not.toHaveURL(/span=life/);
  await expect(at).toHaveAttribute("aria-valuetext", "11:01");

  const card = (name: string) => page.locator(`.analysis-card[data-name="${name}"]`);
  const figures = [page.getByRole("region", { name: "Over time" }), card("open-interest"), card("term-structure")];
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "false");
  const answer = answers.holds();
  await page.keyboard.press("Shift+ArrowLeft");
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "true");
  answer();
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "false");
});
