// Lists that are brought piece by piece, the newest first: older pieces and what came meanwhile stand where they belong, and
// nothing stands there twice.
import type { APIRequestContext, Locator } from "@playwright/test";
import { completed, order, signInByRest, test } from "../support/job";
import type { Server } from "../support/server";
import { alive, expect } from "../support/test";

test.setTimeout(150_000);

async function setFaults(request: APIRequestContext, server: Server, faults: object) {
  const session = await (await request.get(`${server.url}/api/v1/session`)).json();
  expect((await request.put(new URL("/__faults", session.broker).href, { data: faults })).ok()).toBe(true);
}

/** What each entry says of itself, and that no two say the same. */
async function each(entries: Locator): Promise<string[]> {
  const texts = await entries.allTextContents();
  expect(new Set(texts).size, "nothing stands there twice").toBe(texts.length);
  return texts;
}

test("older notices and new ones stand in the order in which they came", async ({ page, request, own }) => {
  await signInByRest(request, own);
  const job = () => order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, kinds: "futures", with_underlying: false });
  const more = async (count: number) => {
    for (let made = 0; made < count; made += 1) await completed(request, own, await job());
  };
  await more(53);
  await page.goto(`${own.url}/notices`);
  await alive(page);
  const jobs = page.locator(".notice-list > li").getByRole("link", { name: /^Job \d+$/ });
  const told = (newest: number, oldest: number) => Array.from({ length: newest - oldest + 1 }, (_, at) => `Job ${newest - at}`);
  await expect(jobs).toHaveText(told(53, 4));
  // What comes meanwhile pushes nothing out, and the older piece goes on behind what is shown.
  await more(2);
  await expect(jobs).toHaveText(told(55, 4));
  await page.getByRole("button", { name: "Show older ones" }).click();
  await expect(jobs).toHaveText(told(55, 1));
  await expect(page.getByRole("button", { name: "Show older ones" })).toHaveCount(0);
  await more(1);
  await expect(jobs).toHaveText(told(56, 1));
});

test("rows that were refused are shown once each, older ones below, those of a later job above", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await setFaults(request, own, { path_prefix: "/v2/expired-instruments/historical-candle", impossible_rows: 1 });
  const collect = async (expiry: string) =>
    completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [expiry] }, kinds: "futures", days: 30 }));
  const refused = async () => {
    const { lines, next } = await (await request.get(`${own.url}/api/v1/refused?limit=500`)).json();
    expect(next ?? null).toBeNull();
    return lines.length;
  };
  await collect("2025-08-28");
  const first = await refused();
  expect(first, "more than one piece").toBeGreaterThan(50);
  await page.goto(`${own.url}/status`);
  await alive(page);
  const panel = page.getByRole("region", { name: /could not be taken/ }).first();
  const rows = page.locator("section:has(#refused-title) tbody tr");
  await expect(panel).toBeVisible();
  await expect(rows).toHaveCount(50);
  const newest = await each(rows);
  const showMore = page.locator("section:has(#refused-title)").getByRole("button", { name: "Show more" });
  await showMore.click();
  await expect(rows).toHaveCount(Math.min(100, first));
  expect((await each(rows)).slice(0, 50)).toEqual(newest);
  while (await showMore.isVisible()) {
    const before = await rows.count();
    await showMore.click();
    await expect.poll(() => rows.count()).toBeGreaterThan(before);
  }
  await expect(rows).toHaveCount(first);
  const all = await each(rows);

  // A later job's stand above, and what was brought stays.
  await collect("2025-07-31");
  await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeGreaterThan(first);
  expect((await each(rows)).slice(-first)).toEqual(all);
});
