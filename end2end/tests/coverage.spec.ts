// Coverage: from the calendar to an expiry's map by keyboard, to a day that is asked for again, and back; and the exchange's
// daily file dropped on the page.
import { completed, forgive, order, signInByRest, test } from "../support/job";
import { look } from "../support/look";
import { alive, expect } from "../support/test";

test.setTimeout(120_000);
const EXPIRY = "2025-08-28";
const HEAD =
  "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4";

test("from the calendar to a day by keyboard, asked for again, and back", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] } }));
  await page.goto(`${own.url}/coverage`);
  await alive(page);
  await look(page, "coverage-calendar");
  await page.getByRole("link", { name: /28 Aug 2025/ }).click();
  const map = page.getByRole("group", { name: /Map of contracts by day/ });
  await expect(map).toBeVisible();
  await expect(page.getByRole("button", { name: "Fetch what is missing" })).toBeVisible();

  const cursor = map.getByRole("link");
  await cursor.focus();
  await expect(cursor).toHaveText(/^future, 28 Aug 2025: /);
  await page.keyboard.press("ArrowLeft");
  await expect(cursor).toHaveText(/^future, 26 Aug 2025: |^future, 27 Aug 2025: /);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await expect(cursor).toHaveText(/CE, 28 Aug 2025: |PE, 28 Aug 2025: /);
  await look(page, "coverage-map");
  await cursor.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/day=2025-08-28/);
  await expect(page.getByText(/1 request; up to 4 where it comes back empty/)).toBeVisible();
  await look(page, "coverage-day");
  await page.getByRole("button", { name: "Fetch this day again" }).click();
  await expect(page.getByText(/^Job 2 does it\.$/)).toBeVisible();
  await completed(request, own, 2);

  await page.goBack();
  await expect(page).not.toHaveURL(/day=/);
  await page.getByRole("link", { name: "NIFTY", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Remarks" })).toBeVisible();
  await look(page, "coverage-quality");
});

test("a daily file that is dropped proves what was not traded, and one that is none is refused", async ({ page, request, own, complaints }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, kinds: "futures" }));
  await request.get(`${own.url}/api/v1/contracts?underlying=NIFTY&expiry=${EXPIRY}&type=both`);
  const { contracts } = await (await request.get(`${own.url}/api/v1/contracts?underlying=NIFTY&expiry=${EXPIRY}&type=options`)).json();
  const row = (of: { expired_key: string; strike: number; kind: string; lot_size: number }) => {
    const token = of.expired_key.split("|")[1];
    return `${EXPIRY},${EXPIRY},FO,NSE,IDO,${token},,NIFTY,,${EXPIRY},${EXPIRY},${of.strike / 100},${of.kind},X,0,0,0,1,0,1,24000,1.05,0,0,0,0,0,F1,75,,,,,`;
  };
  const text = [HEAD, ...contracts.map(row), ""].join("\r\n");
  await page.goto(`${own.url}/coverage`);
  await alive(page);
  await page.locator("input[type=file]").setInputFiles([
    { name: "BhavCopy_NSE_FO_0_0_0_20250828_F_0000.csv", mimeType: "text/csv", buffer: Buffer.from(text) },
    { name: "notes.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") },
  ]);
  const results = page.getByRole("region", { name: "What came of the files" });
  const taken = results.getByRole("row").filter({ hasText: "BhavCopy_" });
  await expect(taken).toContainText(EXPIRY);
  await expect(taken.getByRole("cell").nth(2)).toHaveText(String(contracts.length));
  await expect(results.getByRole("row").filter({ hasText: "notes.csv" })).toContainText("This is no bhavcopy");
  await taken.getByText("In words").click();
  await expect(taken).toContainText(`${contracts.length} requests saved`);
  await look(page, "coverage-files");

  // It is listed at once, and can be withdrawn.
  await page.getByText("Files that were taken in").click();
  const listed = page.getByRole("region", { name: "Files that were taken in" }).locator("tbody tr");
  await expect(listed).toHaveCount(1);
  await listed.getByRole("button", { name: "Withdraw", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Withdraw this file?" });
  await expect(question.getByRole("button", { name: "Keep it" })).toBeFocused();
  await question.getByRole("button", { name: "Withdraw the file" }).click();
  await expect(page.getByText(/BhavCopy_NSE_FO_0_0_0_20250828_F_0000.csv is withdrawn/)).toBeVisible();
  await expect(page.getByText("Files that were taken in")).toHaveCount(0);
  expect((await (await request.get(`${own.url}/api/v1/bhavcopy`)).json()).files).toEqual([]);
  forgive(complaints, /400/);
});

test("an old day that the address names is in view on the map", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] } }));
  const map = await (await request.get(`${own.url}/api/v1/coverage/map?underlying=NIFTY&expiry=${EXPIRY}`)).json();
  await page.setViewportSize({ width: 390, height: 844 });
  const address = (line: number, day: string) =>
    `${own.url}/coverage?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}&contract=${encodeURIComponent(map.rows[line].expired_key)}&day=${day}`;
  const cursor = page.getByRole("group", { name: /Map of contracts by day/ }).getByRole("link");
  for (const [line, day] of [[0, map.days[0]], [map.rows.length - 1, map.days.at(-1)]] as const) {
    await page.goto(address(line, day));
    await alive(page);
    await expect(cursor).toHaveCount(1);
    // Within its frame, not only within the window.
    const isInFrame = () =>
      cursor.evaluate((cell) => {
        const [of, frame] = [cell, cell.closest(".map-frame")!].map((element) => element.getBoundingClientRect());
        return of.left >= frame.left && of.right <= frame.right && of.top >= frame.top && of.bottom <= frame.bottom;
      });
    await expect.poll(isInFrame, { message: `${day} in line ${line}` }).toBe(true);
  }
  // Without a day it is the newest end.
  await page.goto(`${own.url}/coverage?underlying=NSE_INDEX%7CNifty%2050&expiry=${EXPIRY}`);
  await alive(page);
  const left = () => page.locator(".map-frame").evaluate((frame) => frame.scrollWidth - frame.clientWidth - frame.scrollLeft);
  await expect.poll(left).toBeLessThanOrEqual(1);
});

test("of more files than are taken at once, those that are left are told", async ({ page, request, own, complaints }) => {
  test.setTimeout(180_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] }, kinds: "futures" }));
  await page.goto(`${own.url}/coverage`);
  await alive(page);
  const files = Array.from({ length: 401 }, (_, at) => ({ name: `${at}.csv`, mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") }));
  await page.locator("input[type=file]").setInputFiles(files);
  await expect(page.getByText("At most 400 files are taken at once, so of these 401 the first: give the others again when they are through.")).toBeVisible();
  const rows = page.getByRole("region", { name: "What came of the files" }).locator("tbody tr");
  await expect(rows).toHaveCount(400, { timeout: 120_000 });
  await expect(rows.last()).toContainText("399.csv");
  forgive(complaints, /400/);
});
