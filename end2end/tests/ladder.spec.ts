// The strike ladder: opened where most was traded, and ordered by any of its columns.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const LADDER = "/browse/NSE_INDEX%7CNifty%2050/2025-08-28";

test("a ladder opens at its most traded strike, and its columns can be ordered by", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } }));
  await page.goto(own.url + LADDER);
  await alive(page);
  const busiest = (await page.getByText("Most traded at").getByRole("link").textContent()) ?? "";
  await expect(page.locator(`[id="strike-${busiest}"]`)).toBeInViewport();
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
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] } }));
  await page.goto(own.url + LADDER);
  await alive(page);
  await page.getByRole("link", { name: "NIFTY FUT 28 AUG 25" }).click();
  const neighbours = page.getByRole("navigation", { name: "Neighbouring contracts" });
  await expect(neighbours).toContainText("expiry");
  await expect(neighbours).not.toContainText("strike");
  await expect(page.locator(".chart-foot")).not.toContainText("strike");
});
