// One walk by keyboard alone, from the rail to a file: Analysis, Strategy and Export. No pointer is used, and nothing takes the
// focus but the keys.
import type { Locator, Page } from "@playwright/test";
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";

const EXPIRY = "2025-08-28";
/** Stops of a page; whoever needs more goes round in it. */
const STOPS_MAX = 400;

/** Goes from stop to stop until one has the focus; says where it went where none does. */
async function goTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab") {
  await expect(target).toHaveCount(1);
  const passed: string[] = [];
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      await expect(target, "the focus is seen").toBeVisible();
      return;
    }
    await page.keyboard.press(key);
    passed.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80) ?? ""));
  }
  throw new Error(`${target} is reached by no key; passed were\n${[...new Set(passed)].join("\n")}`);
}

async function press(page: Page, target: Locator, key = "Enter") {
  await goTo(page, target);
  await page.keyboard.press(key);
}

/** A page of the rail, which stands before the page. */
async function openFromRail(page: Page, name: string, address: RegExp) {
  await goTo(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(address);
  await expect(page.locator("main")).toBeFocused();
}

/** The file of a link that has the focus. */
async function downloaded(page: Page, link: Locator): Promise<string> {
  await goTo(page, link);
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  return (await download).suggestedFilename();
}

test("analysis, strategy and export are walked through by keyboard alone", async ({ page, request, own }) => {
  test.setTimeout(150_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, days: 3, strikes: 4 }));
  await page.goto(own.url);
  await alive(page);

  // Analysis: another minute, a chart as a table, and its file.
  await openFromRail(page, "Analysis", /\/analysis/);
  const at = page.getByRole("slider", { name: "Minute, At" });
  await goTo(page, at);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(at).toHaveAttribute("aria-valuetext", "09:16");
  const card = page.locator('.analysis-card[data-name="open-interest"]');
  await press(page, card.getByRole("button", { name: "Table" }));
  await expect(card.getByRole("table")).toBeVisible();
  await press(page, card.locator("summary", { hasText: "Export" }));
  expect(await downloaded(page, card.getByRole("link", { name: "CSV", exact: true }))).toMatch(/^simulated_open-interest-by-strike_NIFTY_2025-08-28.*\.csv$/);
  await press(page, page.getByRole("link", { name: "Series", exact: true }));
  await expect(page).toHaveURL(/part=series/);
  const series = page.getByRole("combobox", { name: /^Series/ });
  await goTo(page, series);
  await page.keyboard.type("str");
  await expect(page).toHaveURL(/series=str/);

  // Strategy: a template, a leg more, its side, and a run with its file.
  await openFromRail(page, "Strategy", /\/strategy/);
  const legs = page.getByRole("group", { name: "Legs" }).locator("tbody tr");
  await press(page, page.getByRole("group", { name: "Templates" }).getByRole("button", { name: "Butterfly" }));
  await expect(legs).toHaveCount(3);
  await press(page, page.getByRole("button", { name: "Add a leg" }));
  await expect(legs).toHaveCount(4);
  const leg = page.getByRole("group", { name: "Leg 4" });
  const side = leg.getByRole("combobox", { name: "Side" });
  const was = await side.inputValue();
  await goTo(page, side);
  await page.keyboard.type(was === "buy" ? "s" : "b");
  await expect(side).not.toHaveValue(was);
  const lots = leg.getByRole("textbox", { name: "Lots" });
  await goTo(page, lots);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("2");
  await page.keyboard.press("Tab");
  await expect(page).toHaveURL(/legs=.*(buy|sell)(:|%3A)2(:|%3A)[^,%]*$|legs=.*(buy|sell)(:|%3A)2(:|%3A)/);
  await goTo(page, page.getByRole("slider", { name: "Minute that is read" }));
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/at=/);
  await press(page, page.getByRole("button", { name: "Run", exact: true }));
  await expect(page.getByRole("group", { name: "Expiries of the run" }).getByRole("row", { name: /28 Aug 2025/ })).toBeVisible();
  const ran = page.getByRole("group").filter({ hasText: "All expiries of the run" }).last();
  await press(page, ran.locator("summary"));
  expect(await downloaded(page, ran.getByRole("link", { name: "CSV", exact: true }))).toBe("simulated_strategy_run.csv");

  // Export: what is wanted, the order, and its file.
  await openFromRail(page, "Export", /\/export/);
  const contracts = page.getByRole("combobox", { name: "Contracts", exact: true });
  await goTo(page, contracts);
  await page.keyboard.type("fut");
  await expect(contracts).toHaveValue("futures");
  await expect(page.getByText(/^About [\d,]+ rows of 1 contract in 1 file/)).toBeVisible();
  await press(page, page.getByRole("button", { name: "Export", exact: true }));
  await expect(page.getByText(/^Done · [\d,]+ rows in 1 file · /)).toBeVisible();
  expect(await downloaded(page, page.getByRole("link", { name: /^candles-NIFTY-2025-08-28/ }))).toBe("candles-NIFTY-2025-08-28.parquet");
});
