// Strategies of a past minute: built, edited, undone, run over expiries, and opened from legs ticked in the chain.
import { completed, order, signInByRest, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const STRATEGY = "/strategy?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&entry=2025-08-26T09:20&legs=sell:1:call:atm,sell:1:put:atm";
const rupees = (number: number) => `${number < 0 ? "−" : number > 0 ? "+" : ""}₹${Math.round(Math.abs(number)).toLocaleString("en-IN")}`;

test("a strategy is built, undone, seen from another minute and run over expiries", async ({ page, request, own, complaints }) => {
  test.setTimeout(120_000);
  await signInByRest(request, own);
  await page.goto(`${own.url}/strategy`);
  await expect(page.getByRole("heading", { name: "No strategy yet" })).toBeVisible();
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, days: 3, strikes: 6 }));
  await page.goto(own.url + STRATEGY);
  await alive(page);
  const profit = page.locator(".strategy-facts .chain-fact").first();
  const told = await (await request.get(`${own.url}/api/v1${STRATEGY}`)).json();
  await expect(profit).toContainText(rupees(told.strategies[0].opened.outcome.profit));
  await expect(page.getByText("A look at the past, not a backtest with fills")).toBeVisible();
  const legs = page.getByRole("group", { name: "Legs" }).locator("tbody tr");
  await expect(legs).toHaveCount(2);
  await expect(page.getByRole("img", { name: /^Payoff/ })).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);

  // What is seen, as a file.
  const files = page.getByRole("group").filter({ hasText: "Every minute of the strategy" });
  await files.getByText("Export").click();
  const file = async (words: string) => (await request.get(own.url + (await files.getByRole("link", { name: words }).getAttribute("href"))!)).body();
  expect(String(await file("CSV"))).toMatch(/^strategy,timestamp,price,profit/);
  expect((await file("Parquet")).subarray(0, 4).toString()).toBe("PAR1");
  expect((await file("Excel")).subarray(0, 2).toString()).toBe("PK");

  // A template, an edit, and back undoes both.
  await page.getByRole("button", { name: "Butterfly" }).click();
  await expect(legs).toHaveCount(3);
  const lots = page.getByRole("group", { name: "Leg 2" }).getByRole("textbox", { name: "Lots" });
  await expect(lots).toHaveValue("2");
  await lots.fill("0");
  await lots.press("Tab");
  await expect(page.getByText("0 lots are no leg")).toBeVisible();
  await page.goBack();
  await expect(legs).toHaveCount(3);
  const side = page.getByRole("group", { name: "Leg 2" }).getByRole("combobox", { name: "Side" });
  const exit = page.getByRole("combobox", { name: "Exit day" });
  await side.selectOption("buy");
  await expect(page).toHaveURL(/buy%3A2%3Acall|buy:2:call/);
  await exit.selectOption("2025-08-28");
  await expect(page).toHaveURL(/exit=2025-08-28/);
  await page.goBack();
  await expect(exit).toHaveValue("");
  await page.goBack();
  await expect(side).toHaveValue("sell");
  await page.goBack();
  await expect(legs).toHaveCount(2);

  const chart = page.getByRole("slider", { name: "Minute that is read" });
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/at=2025-08-26T09/);
  await expect(page.getByRole("button", { name: "See it from the entry" })).toBeVisible();

  await page.getByRole("button", { name: "Run", exact: true }).click();
  const runs = page.getByRole("group", { name: "Expiries of the run" });
  await expect(runs.getByRole("row", { name: /28 Aug 2025/ })).toContainText("held to expiry");
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  // What could not be priced is folded, and says why.
  await expect(runs.locator("tbody tr")).toHaveCount(1);
  await page.getByText("not priced, and why").click();
  await expect(page.getByRole("list", { name: "Not priced" }).getByRole("listitem").first()).toContainText("is stored: collect it first");
  expect(await seriousFaults(page)).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);

  await page.setViewportSize({ width: 1280, height: 900 });
  // What is not stored leads to the wizard.
  await page.getByRole("button", { name: "Calendar" }).click();
  const wizard = page.getByRole("status").getByRole("link", { name: "Collect this expiry" });
  await expect(wizard).toHaveAttribute("href", /^\/collect\?step=3&instruments=NSE_INDEX:Nifty\.50&expiries=2509-\d\d$/);
  // A future has a delta of one, and its price is no premium.
  await page.getByRole("button", { name: "Covered call" }).click();
  await expect(legs.first()).toContainText("future");
  await expect(legs.first().locator("td").last()).toHaveText("1.00");
  await expect(page.locator(".strategy-facts").first()).toContainText("Premium received");

  // Legs ticked in the chain.
  await page.goto(`${own.url}/chain?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&at=2025-08-26T09:20`);
  await alive(page);
  await page.getByRole("checkbox", { name: /^Build a strategy/ }).check();
  await page.locator("tr.at-the-money").getByRole("button", { name: /^Sell the call/ }).click();
  await page.locator("tr.at-the-money").getByRole("button", { name: /^Buy the put/ }).click();
  await expect(page.getByRole("region", { name: "Ticked legs" })).toContainText("2 legs");
  await page.getByRole("link", { name: "Strategy →" }).click();
  await expect(page).toHaveURL(/strategy\?.*entry=2025-08-26T09.*legs=sell/);
  await expect(legs).toHaveCount(2);
  complaints.length = 0;
});

test("every line of a chart stands out from what is behind it, by day and by night", async ({ page, own }) => {
  await page.goto(own.url);
  await alive(page);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const contrasts = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
      const luminance = (colour: string) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
          const share = part / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const svg = document.body.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
      const line = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      const stroke = (style: string) => {
        line.style.stroke = style;
        return getComputedStyle(line).stroke;
      };
      const of = (tone: string) => {
        line.setAttribute("class", "strategy-line");
        line.dataset.tone = tone;
        return stroke("");
      };
      const lines = ["calls", "puts", "first", "second", "third", "fourth", "fifth", "sixth"].map((tone) => [tone, of(tone)]);
      const charts = [1, 2, 3, 4, 5, 6, 7].map((number) => [`--chart-line-${number}`, stroke(`var(--chart-line-${number})`)]);
      const surfaces = ["--color-base-100", "--color-base-200"].map((name) => stroke(`var(${name})`));
      svg.remove();
      return [...lines, ...charts].flatMap(([name, colour]) =>
        surfaces.map((surface) => {
          const [pale, deep] = [luminance(colour), luminance(surface)].sort((one, other) => other - one);
          return { name, colour, ratio: (pale + 0.05) / (deep + 0.05) };
        }),
      );
    });
    expect(contrasts).toHaveLength(30);
    expect(contrasts.filter(({ ratio }) => !(ratio >= 3)), colorScheme).toEqual([]);
    expect(new Set(contrasts.slice(0, 16).map(({ colour }) => colour)).size, "no two tones are alike").toBe(8);
  }
});
