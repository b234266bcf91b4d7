// An address of which a part cannot be read says which part it left out, on every page that reads one; and what an address
// names and is not here answers 404.
import type { APIRequestContext } from "@playwright/test";
import { completed, forgive, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";
import type { Server } from "../support/server";

const LADDER = "/browse/NSE_INDEX%7CNifty%2050/2025-08-28";

/** The key of some contract of the expiry that is collected. */
async function collected(request: APIRequestContext, own: Server): Promise<string> {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, strikes: 3 }));
  const { contracts } = await (await request.get(`${own.url}/api/v1/contracts?underlying=NIFTY&expiry=2025-08-28`)).json();
  return contracts.find((contract: { prices: object | null }) => contract.prices).expired_key;
}

test("a part of an address that cannot be read is left out with a word", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  const key = encodeURIComponent(await collected(request, own));
  const note = page.getByRole("status").filter({ hasText: "Part of this address could not be read and was left out." });
  const broken: [string, ...string[]][] = [
    ["/chain?underlying=NIFTY&expiry=2025-13-45", 'expiry: "2025-13-45" is not a date'],
    ["/chain?underlying=NIFTY&expiry=2025-08-28&at=zzz", "at: "],
    ["/analysis?underlying=NIFTY&expiry=2025-08-28&at=zzz", "at: "],
    ["/strategy?underlying=%26%26", 'underlying: "&&"'],
    ["/coverage?underlying=%26%26&expiry=soon", 'underlying: "&&"', 'expiry: "soon" is not a date'],
    [`${LADDER}?interval=foo`, 'interval: "foo" is no interval'],
    [`${LADDER}?interval=15minute`, "interval: no candle of 15 minutes is stored of this expiry"],
    [`${LADDER}/${key}?interval=foo&compare=FOO`, 'interval: "foo" is no interval', 'compare: "FOO" is not an expired'],
    ["/status?from=soon", 'from: "soon" is not a date'],
    ["/collect?step=3&instruments=NSE_INDEX:Nifty.50&expiries=2025-07-31", "two digits for each day"],
  ];
  for (const [path, ...sentences] of broken) {
    await page.goto(own.url + path);
    await alive(page);
    for (const sentence of sentences) await expect(note).toContainText(sentence);
    await expect(note.getByRole("listitem")).toHaveCount(sentences.length);
  }
  for (const path of ["/chain?underlying=NIFTY&expiry=2025-08-28", LADDER, `${LADDER}/${key}?interval=1hour`]) {
    await page.goto(own.url + path);
    await alive(page);
    await expect(page.locator("main h1").first()).toBeAttached();
    await expect(note).toHaveCount(0);
  }
});

test("what an address names and is not here answers 404, and leads to what is", async ({ page, request, own, complaints }) => {
  test.setTimeout(90_000);
  const key = encodeURIComponent(await collected(request, own));
  const status = async (path: string) => (await request.get(own.url + path)).status();
  // An underlying is named by its symbol, too.
  for (const path of ["/coverage?underlying=NIFTY&expiry=2025-08-28", "/export?underlying=NIFTY&expiry=2025-08-28", `${LADDER}/${key}`]) {
    expect(await status(path), path).toBe(200);
  }
  const elsewhere = `/browse/NSE_INDEX%7CNifty%2050/2025-08-21/${key}`;
  for (const path of [elsewhere, "/coverage?underlying=NIFTY&expiry=2025-08-29", "/export?underlying=NIFTY&expiry=1999-01-01", "/export?underlying=NOPE"]) {
    expect(await status(path), path).toBe(404);
  }
  await page.goto(own.url + elsewhere);
  await alive(page);
  await expect(page.locator("main")).toContainText("is a contract of Nifty 50 that expired on 28 Aug 2025");
  await expect(page.getByRole("link", { name: "The contracts of 21 Aug 2025" })).toHaveAttribute("href", "/browse/NSE_INDEX%7CNifty%2050/2025-08-21");
  // A list shows what the address says, and no other choice.
  const underlying = page.locator(".export-group select").first();
  await page.goto(`${own.url}/export?underlying=NOPE`);
  await expect(underlying).toHaveValue("NOPE");
  await expect(page.locator("main")).toContainText('is called "NOPE"');
  await page.goto(`${own.url}/export?underlying=NIFTY`);
  await expect(underlying).toHaveValue("NSE_INDEX|Nifty 50");
  forgive(complaints, /404/);
});
