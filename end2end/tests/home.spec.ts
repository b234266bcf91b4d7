// Home once something is stored: its figures by month of expiry, and how far back Upstox has been seen to answer.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

test("figures are drawn by month of expiry, and how far back Upstox has answered is told", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const expiries = { dates: ["2025-06-26", "2025-08-28"] };
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries, strikes: 5 }));
  await page.goto(own.url);
  await alive(page);
  for (const name of ["Underlyings", "Expiries", "Contracts", "Candles"]) {
    const drawing = page.getByRole("img", { name: new RegExp(`^${name} by month of expiry, from Jun 2025 to Aug 2025: at most `) });
    await expect(drawing).toBeVisible();
    // July has none, and is there.
    await expect(drawing.locator("rect")).toHaveCount(3);
  }
  await expect(page.getByText("By month of expiry, Jun 2025 – Aug 2025")).toBeVisible();
  await expect(page.getByText("Seen so far: Upstox has listed contracts back to the expiry of 26 Jun 2025.")).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
});
