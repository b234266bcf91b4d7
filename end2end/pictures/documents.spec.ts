// The pictures of README and docs: of a market that somebody has collected, in the folder that EXPIRYTRACK_PICTURES names.
// `cargo xtask pictures` takes them, and somebody looks at them before they are committed.
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { order, test } from "../support/job";
import { EXPIRIES, collectMarket } from "../support/market";
import { alive, expect } from "../support/test";

const FOLDER = process.env.EXPIRYTRACK_PICTURES ?? "test-results/pictures";
const SIZE = { width: 1280, height: 800 };
const NIFTY = "underlying=NSE_INDEX%7CNifty%2050";
const [EXPIRY] = EXPIRIES;
const MOMENT = "2025-08-26T11:00";
const CONDOR = `/strategy?${NIFTY}&expiry=${EXPIRY}&entry=2025-08-21T09:20&legs=buy:1:put:atm-4,sell:1:put:atm-2,sell:1:call:atm%2B2,buy:1:call:atm%2B4`;

async function take(page: Page, name: string) {
  // Nothing is being asked for, nothing moves, nothing is pointed at.
  await expect(page.locator(".skeleton, .skeleton-box, .boot-room")).toHaveCount(0);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
}

test("pictures", async ({ page, request, own }) => {
  test.setTimeout(1_200_000);
  await page.setViewportSize(SIZE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await collectMarket(request, own);

  const open = async (address: string) => {
    await page.goto(own.url + address);
    await alive(page);
  };
  await open(`/chain?${NIFTY}&expiry=${EXPIRY}&at=${MOMENT}`);
  await expect(page.locator(".chain-table tbody tr").first()).toBeVisible();
  await take(page, "chain");

  const chain = await (await request.get(`${own.url}/api/v1/chain?underlying=NIFTY&expiry=${EXPIRY}&at=${MOMENT}`)).json();
  const atm = chain.rows.find(({ strike }: { strike: number }) => strike === chain.atm_strike);
  const key = encodeURIComponent(atm.call.expired_key);
  await open(`/browse/NSE_INDEX%7CNifty%2050/${EXPIRY}/${key}?interval=5minute&at=${MOMENT}&show=volatility,vwap,future`);
  await expect(page.locator(".chart-frame[aria-busy=false] canvas").first()).toBeVisible();
  await take(page, "chart");

  await open(`/analysis?${NIFTY}&expiry=${EXPIRY}&at=${MOMENT}`);
  await expect(page.locator("main svg").first()).toBeVisible();
  await take(page, "analysis");

  await open(CONDOR);
  await expect(page.locator("main svg").first()).toBeVisible();
  await take(page, "strategy");

  await open(`/coverage?${NIFTY}&expiry=${EXPIRY}`);
  await expect(page.getByRole("group", { name: /Map of contracts by day/ })).toBeVisible();
  await take(page, "coverage");

  await open(`/export?${NIFTY}&expiry=${EXPIRY}&preset=pandas`);
  await expect(page.getByText(/^About [\d,]+ rows of/)).toBeVisible();
  await take(page, "export");

  await page.goto(`${own.url}/api`);
  await page.getByRole("searchbox", { name: "Filter the operations" }).fill("/api/v1/chain");
  const operation = page.locator("section#chain > details").first();
  await operation.locator("> summary").click();
  await operation.getByLabel("underlying").fill("NIFTY");
  await operation.getByLabel("expiry").fill(EXPIRY);
  await operation.getByRole("button", { name: "Send" }).click();
  await expect(operation.locator(".outcome")).toContainText(/^200 /);
  await page.screenshot({ path: join(FOLDER, "api.png"), animations: "disabled" });

  // Last, because it is under way when its picture is taken.
  const job = await order(request, own, { underlyings: ["NIFTY", "BANKNIFTY"], expiries: { last: 4 }, days: 30, strikes: 20 });
  await open(`/jobs/${job}`);
  const done = async () => (await (await request.get(`${own.url}/api/v1/jobs/${job}`)).json()).contracts.done;
  await expect.poll(done, { timeout: 300_000, intervals: [500] }).toBeGreaterThan(300);
  await page.screenshot({ path: join(FOLDER, "job.png"), animations: "disabled" });
});
