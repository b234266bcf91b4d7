// The option chain of past minutes: stepped through by key, played, its columns chosen, on a desk and on a phone.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";
import { Wire } from "../support/wire";

const CHAIN = "/chain?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&at=2025-08-28T11:00";

test("a chain is stepped through, played and looked at in other columns", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await page.goto(`${own.url}/chain`);
  await expect(page.getByRole("heading", { name: "No chain yet" })).toBeVisible();
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 2, strikes: 6 }));
  // Where nobody names a minute it is one that has volatilities.
  await page.goto(`${own.url}/chain`);
  await alive(page);
  const time = page.getByRole("slider", { name: "Minute of the day" });
  await expect(time).toHaveAttribute("aria-valuetext", "12:00");
  await expect(page.locator(".chain-fact", { has: page.getByText("Volatility", { exact: true }) })).toContainText("%");
  await page.goto(own.url + CHAIN);
  await alive(page);
  await expect(time).toHaveAttribute("aria-valuetext", "11:00");
  const volumes = () => page.locator(".chain-table tfoot td").allTextContents();
  const before = await volumes();
  // What it says is what REST says.
  const told = await (await request.get(`${own.url}/api/v1${CHAIN}`)).json();
  expect(told.rows.length).toBe(await page.locator(".chain-table tbody tr").count());
  const strike = page.locator(".chain-table tr.at-the-money th");
  await expect(strike).toContainText(told.atm_strike.toLocaleString("en-IN"));
  // It opens with its head in view, and the money too.
  await expect(strike).toBeInViewport();
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  // Some strikes of the expiry are here: what is summed over them says so.
  expect(told.options_not_collected).toBeGreaterThan(0);
  for (const name of ["PCR", "Max pain"]) {
    const fact = page.locator(".chain-fact", { has: page.getByText(name, { exact: true }) });
    await expect(fact).toContainText(`${told.options_not_collected} not collected`);
  }

  await page.keyboard.press("ArrowRight");
  await expect(time).toHaveAttribute("aria-valuetext", "11:01");
  await expect(page).toHaveURL(/at=2025-08-28T11(%3A|:)01/);
  await expect.poll(volumes).not.toEqual(before);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(volumes).toEqual(before);

  await page.getByRole("button", { name: "Play" }).click();
  await expect(time).toHaveAttribute("aria-valuetext", /11:0[2-9]/);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page).toHaveURL(/at=2025-08-28T11(%3A|:)0[2-9]/);

  await page.getByRole("checkbox", { name: "Vega" }).check();
  await expect(page).toHaveURL(/columns=.*vega/);
  await page.reload();
  await alive(page);
  await expect(page.getByRole("columnheader", { name: "Vega" })).toHaveCount(2);
  expect(await seriousFaults(page)).toEqual([]);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Play the day, or stop");
  await page.keyboard.press("Escape");

  // Where programs find the same day.
  await page.getByText("This day for programs, as if it were live").click();
  const host = `${own.url}/api/v1/replay/NSE_INDEX%7CNifty%2050/2025-08-28/2025-08-28/upstox/60`;
  await expect(page.getByText(host)).toBeVisible();

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFaults(page)).toEqual([]);

  // However many columns there are, the table scrolls in its frame, and its heads stay in view.
  await page.goto(`${own.url}${CHAIN}&columns=last,age,change,volume,oi,oichange,iv,owniv,sessioniv,delta,gamma,theta,vega,premium`);
  await alive(page);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 480 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const off = await page.locator(".chain-frame").evaluate((frame) => {
      frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, frame.scrollHeight);
      const box = frame.getBoundingClientRect();
      const sides = [...frame.querySelectorAll(".chain-side")].map((side) => side.getBoundingClientRect());
      return {
        scrolled: frame.scrollTop > 0,
        heads: Math.abs(frame.querySelector("thead")!.getBoundingClientRect().top - box.top) < 3,
        sides: sides.map(({ left, right }) => left >= box.left && right <= box.right),
      };
    });
    expect(off, `${width}`).toEqual({ scrolled: true, heads: true, sides: [true, true] });
  }
});

test("a minute of which there is no chain says why", async ({ page, request, own, complaints }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 2, strikes: 2 }));
  await page.goto(own.url + CHAIN.replace("2025-08-28T11:00", "2025-08-24T11:00"));
  await expect(page.getByText("the market was closed on 24 Aug 2025")).toBeVisible();
  await page.goto(own.url + CHAIN.replace("2025-08-28T11:00", "2025-08-28T09:00"));
  await expect(page.getByText("its minutes run from 09:15 to 15:29")).toBeVisible();
  complaints.length = 0;
});

test("going back brings the choices back with the figures", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-21", "2025-08-28"] }, days: 2, strikes: 2 }));
  await page.goto(own.url + CHAIN);
  await alive(page);
  const [expiry, day] = ["Expiry", "Day"].map((name) => page.getByRole("combobox", { name, exact: true }));
  await expect(expiry).toHaveValue("2025-08-28");
  await expiry.selectOption("2025-08-21");
  await expect(page).toHaveURL(/expiry=2025-08-21/);
  await expect(day).toHaveValue(/2025-08-(20|21)/);
  await day.selectOption("2025-08-20");
  await expect(page).toHaveURL(/at=2025-08-20/);
  await expiry.selectOption("2025-08-28");
  await expect(day).toHaveValue(/2025-08-(27|28)/);
  await page.goBack();
  await expect(page).toHaveURL(/expiry=2025-08-21&at=2025-08-20/);
  await expect(day).toHaveValue("2025-08-20");
  await expect(expiry).toHaveValue("2025-08-21");
});

test("figures of the minute before are marked until those of the new one are here", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 2, strikes: 2 }));
  const answers = await Wire.of(page, "**/rpc/chain/at");
  await page.goto(own.url + CHAIN);
  await alive(page);
  const figures = [page.locator(".chain-facts"), page.locator(".chain-table")];
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "false");
  const answer = answers.holds();
  await page.keyboard.press("ArrowRight");
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "true");
  answer();
  for (const of of figures) await expect(of).toHaveAttribute("aria-busy", "false");
});

test("why a volatility is missing stands beside the figure and under the table, without a pointer", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 2, strikes: 2 }));
  // Ten minutes or less to the settlement.
  await page.goto(own.url + CHAIN.replace("T11:00", "T15:25"));
  await alive(page);
  const notes = page.getByRole("list", { name: "Why figures are missing" });
  await expect(notes.getByRole("listitem").filter({ hasText: "It is ten minutes or less to the settlement" })).toHaveText(/^e /);
  const missing = page.locator(".chain-table tbody td", { has: page.locator("sup", { hasText: "e" }) });
  await expect(missing.first()).toHaveText("–e: It is ten minutes or less to the settlement");
  await expect(missing.locator("[title]")).toHaveCount(0);
  expect(await seriousFaults(page)).toEqual([]);
  // Where no such column is shown nothing is said.
  await page.goto(`${own.url}${CHAIN.replace("T11:00", "T15:25")}&columns=last`);
  await alive(page);
  await expect(notes).toHaveCount(0);
  await page.goto(own.url + CHAIN);
  await alive(page);
  await page.getByText("What the columns mean").click();
  await expect(page.getByText("Change of delta for a rupee of the forward")).toBeVisible();
});

test("the last column stays", async ({ page, request, own }) => {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 2, strikes: 2 }));
  await page.goto(`${own.url}${CHAIN}&columns=last,volume`);
  await alive(page);
  const box = (name: string) => page.getByRole("group", { name: "Columns of each side" }).getByRole("checkbox", { name, exact: true });
  await box("Volume").uncheck();
  await expect(page.getByRole("columnheader", { name: "Last" })).toHaveCount(2);
  await expect(box("Last")).toBeChecked();
  await expect(box("Last")).toBeDisabled();
  await box("OI").check();
  await expect(box("Last")).toBeEnabled();
  await box("Last").uncheck();
  await expect(box("OI")).toBeDisabled();
  await expect(page.getByRole("columnheader", { name: "OI" })).toHaveCount(2);
});

test("after steps in time every row of a long chain is of that minute, in view or not", async ({ page, request, own }) => {
  test.setTimeout(90_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 1 }));
  await page.goto(own.url + CHAIN);
  await alive(page);
  const time = page.getByRole("slider", { name: "Minute of the day" });
  await time.focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press("ArrowRight");
  await expect(time).toHaveAttribute("aria-valuetext", "11:03");
  const told = await (await request.get(`${own.url}/api/v1${CHAIN.replace("11:00", "11:03")}`)).json();
  expect(told.rows.length).toBeGreaterThan(60);
  const last = (side: { last: number } | null) => side?.last.toLocaleString("en-IN", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) ?? "";
  const shown = () =>
    page.locator(".chain-table tbody tr").evaluateAll((rows) =>
      rows.map((row) => {
        const strike = row.querySelector("th")!;
        return [strike.previousElementSibling, strike.nextElementSibling].map((cell) => cell!.querySelector("a")?.textContent ?? "");
      }),
    );
  type Row = { call: { last: number } | null; put: { last: number } | null };
  await expect.poll(shown).toEqual(told.rows.map(({ call, put }: Row) => [last(call), last(put)]));
  await expect(page).toHaveURL(/at=2025-08-28T11(:|%3A)03/);
});
