// Strikes near the money through the wizard: chosen on step 2, counted by summary and estimate, and on the job's page
// those that are left out are counted; the expiry is not complete for it. Then the same choice in a schedule.
import { query } from "../support/database";
import { JOB_MS_MAX, completed, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const STEP = "/collect?step=2&instruments=NSE_INDEX:Nifty.50";
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

test("options near the money are ordered, collected and told from those left out", async ({ page, request, own }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  const look = async (name: string) => {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousFaults(page)).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${name} ${size}`).toBeLessThanOrEqual(viewport.width);
        await page.screenshot({ path: `test-results/screenshots/${name}-${size}-${colorScheme}.png`, fullPage: true });
      }
    }
    await page.setViewportSize(SIZES.desktop);
    await page.emulateMedia({ colorScheme: "light" });
  };
  await signInByRest(request, own);
  await page.goto(own.url + STEP);
  await alive(page);
  const summary = page.getByRole("complementary", { name: "Summary" });
  const strikes = page.getByRole("group", { name: "Strikes" });

  // Futures have none.
  await page.getByRole("radio", { name: /^Futures/ }).check();
  await expect(strikes).toHaveCount(0);
  await page.getByRole("radio", { name: /^Options/ }).check();
  await expect(page.getByText("Options of every strike that was listed.")).toBeVisible();
  await strikes.getByText("Near the money", { exact: true }).click();
  await expect(page).toHaveURL(/strikes=10/);
  await expect(summary).toContainText("options, ATM ± 10");
  const number = strikes.getByRole("spinbutton");
  const next = summary.getByRole("button", { name: "Continue" });
  for (const bad of ["0", "51", "2.5", ""]) {
    await number.fill(bad);
    await expect(strikes.getByText(/number of strikes each side of the money must be a whole number from 1 to 50/)).toBeVisible();
    await expect(next).toBeDisabled();
  }
  await number.fill("3");
  await number.blur();
  await expect(page).toHaveURL(/strikes=3/);
  await expect(strikes.getByText(/within 3 listed strikes of where the underlying went/)).toBeVisible();
  await look("strikes-step");
  await page.reload();
  await alive(page);
  await expect(number).toHaveValue("3");

  await summary.getByRole("link", { name: "Continue" }).click();
  await page.getByRole("checkbox", { name: /21 Aug/ }).check();
  await summary.getByRole("link", { name: "Continue" }).click();
  await page.getByLabel("Days before expiry").fill("10");
  await page.getByLabel("Days before expiry").blur();
  await page.getByText("1 day", { exact: true }).click();
  // One price and three strikes each side of it, calls and puts, up to all that are listed.
  await expect(summary).toContainText("14 to 184");
  await expect(summary).toContainText("from where the underlying went");
  await look("strikes-estimate");

  await page.getByRole("button", { name: "Start download" }).click();
  await expect(page).toHaveURL(/\/jobs\/\d+$/);
  await completed(request, own, Number(page.url().split("/").pop()));
  const main = page.getByRole("main");
  await expect(main.getByText("completed", { exact: true }).first()).toBeVisible();
  await expect(main).toContainText("options within ATM ± 3 of where the underlying went on these days");
  await expect(main).toContainText("146 beyond ATM ± 3 left out");
  await expect(main).toContainText("38 of 38 · 146 left out");
  await expect(main).toContainText(/the underlying went from [\d.]+ to [\d.]+, so the strikes within ATM ± 3 are 24350 to 25250/);
  await look("strikes-job");

  // Known now, and nothing is left of it.
  await page.goto(`${own.url}/collect?step=4&instruments=NSE_INDEX:Nifty.50&kinds=options&strikes=3&expiries=2508-21&interval=day&days=10`);
  await alive(page);
  await expect(summary).toContainText("Everything chosen is stored already");
  await page.goto(`${own.url}/collect?step=3&instruments=NSE_INDEX:Nifty.50&kinds=options&interval=day&days=10`);
  await alive(page);
  await expect(page.getByRole("checkbox", { name: /21 Aug.*38 of 184 contracts/ })).toBeVisible();

  await page.goto("about:blank");
  await own.close();
  const [[least, most, count]] = await query(own.dataDir, "SELECT min(strike_price), max(strike_price), count(DISTINCT expired_instrument_key) FROM contracts JOIN historical_data_all USING (expired_instrument_key)");
  expect([least, most, count]).toEqual([24_350, 25_250, 38]);
});

test("a schedule takes them too", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await page.goto(`${own.url}/schedules`);
  await alive(page);
  await page.getByRole("button", { name: "Add a schedule" }).click();
  await page.getByRole("checkbox", { name: "Nifty 50", exact: true }).check();
  const strikes = page.getByRole("group", { name: "Strikes" });
  await strikes.getByText("Near the money", { exact: true }).click();
  const add = page.getByRole("button", { name: "Add schedule" });
  await strikes.getByRole("spinbutton").fill("99");
  await expect(add).toBeDisabled();
  await strikes.getByRole("spinbutton").fill("5");
  await strikes.getByRole("spinbutton").blur();
  await page.setViewportSize(SIZES.desktop);
  await page.screenshot({ path: "test-results/screenshots/strikes-schedule.png", fullPage: true });
  await add.click();
  const entry = page.getByRole("listitem").filter({ hasText: "options and futures, ATM ± 5" });
  await expect(entry).toBeVisible();
  const { schedules } = await (await request.get(`${own.url}/api/v1/schedules`)).json();
  expect(schedules[0].strikes).toBe(5);
});
