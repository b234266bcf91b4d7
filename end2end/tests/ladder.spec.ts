// The strike ladder: opened at the money, ordered by any of its columns, with the prices that were paid and the
// money line.
import type { Page } from "@playwright/test";
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const LADDER = "/browse/NSE_INDEX%7CNifty%2050/2025-08-28";

/** A strike as addresses and programs have it: pages write `24,500`. */
const plain = (strike: string) => strike.replaceAll(",", "");

test("a ladder opens at the money, and its columns can be ordered by", async ({ page, request, own }) => {
  // A whole ladder is much to look at for axe.
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } }));
  await page.goto(own.url + LADDER);
  await alive(page);
  // In the middle, with strikes on both sides.
  const middle = async () => {
    const { y } = (await page.locator("#money-line").boundingBox())!;
    return y / page.viewportSize()!.height;
  };
  await expect.poll(middle).toBeGreaterThan(0.3);
  expect(await middle()).toBeLessThan(0.7);
  const busiest = (await page.getByText("Most traded at").getByRole("link").textContent()) ?? "";
  await expect(page.locator(`[id="strike-${plain(busiest)}"]`)).toBeAttached();
  await expect(page.locator(".ladder tbody tr").first()).not.toBeInViewport();

  const strikes = () => page.locator(".ladder .ladder-strike").allTextContents();
  const head = (name: string) => page.getByRole("columnheader", { name, exact: true });
  const rising = await strikes();
  await expect(head("Strike")).toHaveAttribute("aria-sort", "ascending");
  // By keyboard; the largest come first, and the page goes up to them.
  await head("Put Volume").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(head("Put Volume")).toHaveAttribute("aria-sort", "descending");
  await expect(head("Strike")).toHaveAttribute("aria-sort", "none");
  await expect(page.locator(".ladder tbody tr").first()).toBeInViewport();
  const ordered = await strikes();
  expect(ordered).not.toEqual(rising);
  expect([...ordered].sort()).toEqual([...rising].sort());
  expect(await seriousFaults(page)).toEqual([]);

  // The order is in the address.
  await expect(page).toHaveURL(/sort=-put_volume/);
  await page.reload();
  await alive(page);
  await expect(head("Put Volume")).toHaveAttribute("aria-sort", "descending");
  expect(await strikes()).toEqual(ordered);
  await head("Strike").getByRole("button").click();
  await expect.poll(strikes).toEqual(rising);
  await head("Strike").getByRole("button").click();
  await expect.poll(strikes).toEqual([...rising].reverse());
});

test("a future has no keys for strikes", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, kinds: "futures" }));
  await page.goto(own.url + LADDER);
  await alive(page);
  await page.getByRole("link", { name: "NIFTY FUT 28 AUG 25" }).click();
  const neighbours = page.getByRole("navigation", { name: "Neighbouring contracts" });
  await expect(neighbours).toContainText("none newer");
  await expect(neighbours).not.toContainText("strike");
  await expect(page.locator(".chart-foot")).not.toContainText("strike");
});

type Prices = { last: number; high: number; low: number };
type Contract = { kind: string; strike: number; prices: Prices | null };

/** As pages write rupees. */
const rupees = (price: number) => price.toLocaleString("en-IN", { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/** The cells of each strike by the names of their columns, in the order of the ladder. */
const ladderRows = (page: Page) =>
  page.locator(".ladder").evaluate((table) => {
    const names = [...table.querySelectorAll("thead th")].map((head) => head.textContent?.trim() ?? "");
    const rungs = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr:not(.money-line)")];
    return rungs.map((rung) => Object.fromEntries(names.map((name, at) => [name, rung.cells[at].textContent?.trim() ?? ""])));
  });

test("a ladder shows what was paid, and the money line runs between the strikes", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } }));
  const listed = await (await request.get(`${own.url}/api/v1/contracts?underlying=NIFTY&expiry=2025-08-28`)).json();
  const prices = (kind: string, strike: string): Prices | null =>
    listed.contracts.find((one: Contract) => one.kind === kind && one.strike === Number(plain(strike)) * 100).prices;
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(own.url + LADDER);
  await alive(page);
  await expect(page.locator(".ladder tbody tr").first()).toBeAttached();
  const rows = await ladderRows(page);
  expect(rows.length).toBeGreaterThan(90);
  for (const row of rows) {
    for (const [side, kind] of [["Call", "CE"], ["Put", "PE"]]) {
      const paid = prices(kind, row.Strike);
      const told = [row[`${side} Last`], row[`${side} High`], row[`${side} Low`]];
      expect(told, `${row.Strike} ${kind}`).toEqual(paid ? [paid.last, paid.high, paid.low].map(rupees) : ["–", "–", "–"]);
    }
  }
  const future = listed.contracts.find(({ kind }: Contract) => kind === "FUT").prices as Prices;
  const futureRow = page.getByRole("row", { name: /NIFTY FUT/ });
  for (const price of [future.last, future.high, future.low]) await expect(futureRow).toContainText(rupees(price));

  // The line lies where the underlying stood, and its link leads to it.
  const spot: number = listed.spot.price;
  expect(listed.spot.source).toBe("underlying");
  await expect(page.getByText(`Spot ${rupees(spot)} at 15:30`)).toBeAttached();
  const line = page.locator("#money-line");
  await expect(line).toHaveText(`Spot ${rupees(spot)}`);
  const beside = async () =>
    line.evaluate((row) => [row.previousElementSibling, row.nextElementSibling].map((rung) => Number(rung?.querySelector("th")?.textContent?.replaceAll(",", ""))));
  const [below, above] = await beside();
  expect(below).toBeLessThan(spot);
  expect(above).toBeGreaterThan(spot);
  const link = page.getByRole("link", { name: "Money line" });
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(line).toBeInViewport();
  // Calls below it were worth something at the end, and puts above it.
  const shaded = (strike: number) => page.locator(`[id="strike-${strike}"] td.in-the-money a`).allTextContents();
  expect([await shaded(below), await shaded(above)]).toEqual([["CE"], ["PE"]]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFaults(page), colorScheme).toEqual([]);
  }

  const head = (name: string) => page.getByRole("columnheader", { name, exact: true });
  await head("Strike").getByRole("button").click();
  await expect.poll(beside).toEqual([above, below]);

  // By a price it runs nowhere; what has none comes last.
  await head("Call Last").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(head("Call Last")).toHaveAttribute("aria-sort", "descending");
  await expect(line).toHaveCount(0);
  await expect(link).toHaveCount(0);
  const lasts = (await ladderRows(page)).map((row) => prices("CE", row.Strike)?.last ?? -1);
  expect(lasts).toEqual([...lasts].sort((one, other) => other - one));
});

test("without candles of the underlying calls and puts say the spot, or it is said why nothing does", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const expiry = { expiries: { dates: ["2025-08-21"] } };
  await request.get(`${own.url}/api/v1/contracts?underlying=NIFTY&expiry=2025-08-21`);
  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050/2025-08-21`);
  await alive(page);
  await expect(page.getByText("It is not known where Nifty 50 stood: no candle of it is stored of 21 Aug 2025")).toBeVisible();
  await expect(page.locator("#money-line")).toHaveCount(0);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], with_underlying: false, ...expiry }));
  await page.reload();
  await alive(page);
  await expect(page.getByText(/Spot [\d,]+\.\d\d at 15:\d\d, from calls and puts/)).toBeAttached();
  await expect(page.locator("#money-line")).toHaveCount(1);
});

/** What a ladder shows of calls at each width; every column fits at 1440 px, also with a scroll bar. */
const COLUMNS: [number, string[]][] = [
  [1440, ["Days traded", "Candles", "Volume", "OI", "Low", "High", "Last"]],
  [1280, ["Candles", "Volume", "OI", "Low", "High", "Last"]],
  [1100, ["Volume", "OI", "Low", "High", "Last"]],
  [768, ["Volume", "OI", "Last"]],
  [390, ["OI", "Last"]],
  [360, ["OI", "Last"]],
  [320, ["Last"]],
];

test("a ladder shows as many columns as there is room for", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["SENSEX", "NIFTY"], expiries: { last: 1 } }));
  for (const path of ["/browse/SENSEX/2025-09-11", "/browse/NIFTY/2025-09-16"]) {
    await page.goto(own.url + path);
    await alive(page);
    await expect(page.locator(".ladder tbody tr").first()).toBeAttached();
    for (const [width, columns] of COLUMNS) {
      await page.setViewportSize({ width, height: 800 });
      const heads = page.locator(".ladder thead th:visible");
      const calls = columns.map((name) => `Call ${name}`);
      const puts = columns.map((name) => `Put ${name}`).reverse();
      await expect(heads, `${width} px`).toHaveText([...calls, "Calls", "Strike", "Puts", ...puts]);
      const [table, room] = await page.locator(".ladder-frame").evaluate((frame) => [frame.scrollWidth, frame.clientWidth]);
      expect(table, `${path} at ${width} px`).toBeLessThanOrEqual(room);
    }
  }
});
