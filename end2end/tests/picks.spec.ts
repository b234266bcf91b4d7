// Step 3 of the wizard: weekly and monthly expiries and a range of dates in one press, for one instrument and for all.
import { signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const STEP = "/collect?step=3&instruments=NSE_INDEX%7CNifty%2050";

test("picks by cycle and by range choose exactly those", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await page.goto(own.url + STEP);
  await alive(page);
  const picks = page.getByRole("group", { name: "Choose expiries of Nifty 50" });
  const chosen = () => page.locator("main input[type=checkbox]:checked").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
  await expect(page.locator("main input[type=checkbox]").first()).toBeVisible();
  const all = await page.locator("main input[type=checkbox]").count();

  await picks.getByRole("button", { name: "Monthly" }).click();
  await expect.poll(async () => (await chosen()).length).toBeGreaterThan(5);
  const monthly = await chosen();
  expect(monthly.filter((label) => !label.includes("monthly"))).toEqual([]);
  await picks.getByRole("button", { name: "Weekly" }).click();
  await expect.poll(async () => (await chosen()).every((label) => label.includes("weekly"))).toBe(true);
  expect((await chosen()).length + monthly.length).toBe(all);

  await picks.getByRole("button", { name: "From – to" }).click();
  await page.getByLabel("From", { exact: true }).fill("2025-08-07");
  await page.getByLabel("to", { exact: true }).fill("2025-08-21");
  await expect.poll(async () => (await chosen()).map((label) => label.split(",")[0])).toEqual(["21 Aug 2025", "14 Aug 2025", "7 Aug 2025"]);
  await expect(page).toHaveURL(/2508-211407/);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByLabel("to", { exact: true }).fill("2025-08-01");
  await expect(page.getByText("The first day lies after the last.")).toBeVisible();
  await picks.getByRole("button", { name: "Clear" }).click();
  await expect.poll(chosen).toEqual([]);
});

test("futures alone are offered no weekly expiries", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await page.goto(`${own.url}${STEP}&kinds=futures`);
  await alive(page);
  const labels = page.locator("main input[type=checkbox]");
  await expect(labels.first()).toBeVisible();
  const offered = await labels.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
  expect(offered.filter((label) => label.includes("weekly"))).toEqual([]);
  await expect(page.getByRole("button", { name: "Monthly" })).toHaveCount(0);
});
