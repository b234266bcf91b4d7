// A person's own SQL: run by keyboard, the answer in each form, what is refused, and the address that holds the query.
import { readFileSync } from "node:fs";
import type { APIRequestContext } from "@playwright/test";
import { completed, order, signInByRest, test } from "../support/job";
import type { Server } from "../support/server";
import { alive, expect, seriousFaults } from "../support/test";

async function collected(request: APIRequestContext, own: Server) {
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, strikes: 3 }));
}

test("a query is written, run, shown in each form, refused where it is wrong, and kept in the address", async ({ page, request, own }) => {
  await page.goto(`${own.url}/sql`);
  await alive(page);
  await expect(page.getByText("Nothing is collected yet")).toBeVisible();
  // Without a query there is nothing to run; one that was not run is kept while another page is shown.
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeDisabled();
  await expect(page.getByText("Write a query, or choose one below.")).toBeVisible();
  await page.getByRole("textbox", { name: "SQL" }).fill("SELECT 7");
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeEnabled();
  for (const path of ["/jobs", "/sql"]) {
    await page.getByRole("navigation", { name: "Main" }).locator(`a.rail-entry[href="${path}"]`).click();
    await expect(page).toHaveURL(own.url + path);
  }
  await expect(page.getByRole("textbox", { name: "SQL" })).toHaveValue("SELECT 7");
  await collected(request, own);

  // One to begin with, without a word typed.
  await page.goto(`${own.url}/sql`);
  await alive(page);
  await page.getByRole("link", { name: "Volume by strike" }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer.getByRole("columnheader")).toHaveText(["strike_price", "calls", "puts"]);
  expect(await seriousFaults(page)).toEqual([]);
  await answer.getByRole("button", { name: "Chart" }).click();
  await expect(answer.getByRole("img")).toHaveAttribute("aria-label", /calls, puts by strike_price, \d+ points/);
  await answer.getByRole("button", { name: "Plan" }).click();
  await expect(answer.getByRole("listitem").first()).toContainText(/SEARCH|SCAN|MATERIALIZE|CO-ROUTINE/);
  await answer.getByRole("button", { name: "Table" }).click();

  // Of one's own, by keyboard; what is clicked beside it goes where the caret is.
  const editor = page.getByRole("textbox", { name: "SQL" });
  await editor.fill("SELECT count(*) AS n, '=1' AS text FROM ");
  await page.getByText("1-minute candles of contracts").click();
  await page.getByRole("button", { name: "Insert historical_data", exact: true }).click();
  await expect(editor).toHaveValue(/FROM historical_data$/);
  await expect(editor).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(answer.getByRole("status")).toContainText(/1 row in .* s · up to [\d,]+ candles are read/);
  const address = page.url();
  expect(address).toContain("/sql?q=SELECT%20count");
  const save = async (words: string) => {
    const saved = page.waitForEvent("download");
    await answer.getByText("Save the answer").click();
    await answer.getByRole("button", { name: words, exact: true }).click();
    const file = await saved;
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const csv = await save("CSV");
  expect(csv.name).toBe("simulated_query.csv");
  expect(csv.bytes.toString()).toMatch(/^n,text\n\d+,'=1\n$/);
  for (const [words, name, starts] of [
    ["Parquet", "simulated_query.parquet", "PAR1"],
    ["Excel", "simulated_query.xlsx", "PK"],
    ["Arrow", "simulated_query.arrows", "\xff\xff\xff\xff"],
    ["JSON", "query.json", '{"columns":["n","text"]'],
  ] as const) {
    const file = await save(words);
    expect(file.name).toBe(name);
    expect(file.bytes.toString("latin1").startsWith(starts)).toBe(true);
  }

  // Refused in a sentence, at its place.
  for (const [sql, sentence] of [
    ["SELECT\nmissing FROM contracts", "Line 2, column 1: no such column: missing"],
    ["DROP TABLE candle", "Only reading is possible here"],
    ["SELECT * FROM vault", "Vault is not for reading here"],
  ]) {
    await editor.fill(sql);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText(sentence);
  }
  await editor.fill("SELECT symbol FROM instruments WHERE 0");
  await page.keyboard.press("Control+Enter");
  await expect(answer).toContainText("No row fits what was asked. Its columns: symbol.");

  // One without an end is stopped by key.
  await editor.fill("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/Running for \d+ s/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alert")).toContainText("It was stopped");

  // Back undoes, and an address is a query.
  await page.goto(address);
  await expect(answer.getByRole("status")).toContainText("1 row in");
  await expect(editor).toHaveValue(/FROM historical_data$/);
});

test("many rows come in pages", async ({ page, own }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i * i AS square FROM n";
  await page.goto(`${own.url}/sql?q=${encodeURIComponent(sql)}`);
  await alive(page);
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer).toContainText("These are the first 10000 rows: there are more");
  await expect(answer.getByText("Rows 1 to 100 of 10,000")).toBeVisible();
  await answer.getByRole("button", { name: "Next" }).click();
  await expect(answer.getByRole("cell").first()).toHaveText("101");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
});

test("a query that is left behind runs no longer, and is answered under no other", async ({ page, own }) => {
  await page.goto(`${own.url}/sql`);
  await alive(page);
  const sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  await page.getByRole("textbox", { name: "SQL" }).fill(sql);
  await page.keyboard.press("Control+Enter");
  const running = page.getByText(/Running for \d+ s/);
  await expect(running).toBeVisible();
  const late = page.waitForResponse(/\/rpc\/sql\/run/);
  await page.goBack();
  await expect(page).toHaveURL(`${own.url}/sql`);
  await expect(running).toHaveCount(0);
  await (await late).finished();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Answer" })).toHaveCount(0);
});
