// What a person sees of a job: the grid fills in and leads to contracts, a failed cell says why and can be tried
// again; a long log is searched part by part; and every request stands in a log that can be searched.
import type { APIRequestContext, Page } from "@playwright/test";
import { change } from "../support/database";
import { JOB_MS_MAX, completed, forgive, order, signIn, signInByRest, test } from "../support/job";
import type { Server } from "../support/server";
import { expect, alive, seriousFaults } from "../support/test";
import { Wire } from "../support/wire";

const NIFTY = "NSE_INDEX|Nifty 50";
const EXPIRY = "2025-09-16";
const DIALOG = [/another host: http:\/\/127\.0\.0\.1:\d+\/(v2\/login|favicon)/];

type Contract = { expired_key: string; kind: string; strike: number };

/** Changes the simulator's faults; with latency the job is slow enough to be watched. */
async function setFaults(request: APIRequestContext, server: Server, faults: object) {
  const session = await (await request.get(`${server.url}/api/v1/session`)).json();
  const answer = await request.put(new URL("/__faults", session.broker).href, { data: faults });
  expect(answer.ok()).toBe(true);
}

async function contracts(request: APIRequestContext, server: Server): Promise<Contract[]> {
  const query = new URLSearchParams({ underlying: NIFTY, expiry: EXPIRY, type: "options" });
  return (await (await request.get(`${server.url}/api/v1/contracts?${query}`)).json()).contracts;
}

async function startJob(request: APIRequestContext, server: Server): Promise<string> {
  const order = { underlyings: [NIFTY], expiries: { dates: [EXPIRY] }, kinds: "options", days: 10, with_underlying: false };
  const answer = await request.post(`${server.url}/api/v1/jobs`, { data: order });
  expect(answer.status()).toBe(201);
  return `/jobs/${(await answer.json()).id}`;
}

const cells = (page: Page, outcome: string) => page.locator(`a.cell[data-outcome="${outcome}"]`);

test("the grid fills in while a job runs, and a cell leads to its contract", async ({ page, request, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signIn(page, own, "/jobs");
  const listed = (await contracts(request, own)).length;
  await setFaults(request, own, { path_prefix: "/v2/expired-instruments/historical-candle", latency_ms: 400 });
  await page.goto(own.url + (await startJob(request, own)));
  await alive(page);
  await expect(page.locator("a.cell")).toHaveCount(listed);
  const widths = await page.locator("a.cell").evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().width));
  expect(Math.max(...widths), "no label stretches a cell").toBeCloseTo(Math.min(...widths), 0);
  await expect(cells(page, "under_way").first()).toBeVisible();
  const early = await cells(page, "done").count();
  await expect.poll(() => cells(page, "done").count()).toBeGreaterThan(early + 5);
  await page.screenshot({ path: "test-results/screenshots/grid-running.png", fullPage: true });
  expect(await seriousFaults(page)).toEqual([]);
  await setFaults(request, own, {});
  await expect(page.getByRole("main").getByText("completed", { exact: true }).first()).toBeVisible({ timeout: JOB_MS_MAX });
  await expect(cells(page, "to_do")).toHaveCount(0);

  // However narrow, every line of cells has a strike above it.
  const desk = page.viewportSize()!;
  for (const width of [390, 360, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const lines = await page.locator(".cells").evaluate((grid) => {
      const lines = new Map<number, string>();
      for (const column of grid.querySelectorAll<HTMLElement>(".cell-column")) {
        lines.set(column.offsetTop, (lines.get(column.offsetTop) ?? "") + column.querySelector(".cell-label")?.textContent);
      }
      return [...lines.values()];
    });
    expect(lines.length, `${width} px`).toBeGreaterThan(3);
    expect(lines, `${width} px`).not.toContain("");
  }
  await page.setViewportSize(desk);

  // By keyboard: one stop leads in, arrows lead on, and what is pointed at is told.
  const first = page.locator("a.cell").first();
  await first.focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator("a.cell:focus")).toHaveAttribute("data-kind", "PE");
  await page.keyboard.press("ArrowRight");
  const name = (await page.locator("a.cell:focus").textContent()) ?? "";
  expect(name).toMatch(/^\d+ PE · (done|empty)/);
  await expect(page.locator(".cell-told")).toHaveText(name);
  await page.getByRole("button", { name: "In words" }).click();
  await expect(page.getByText(name).filter({ visible: true }).first()).toBeInViewport();
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page).toHaveURL(/\/browse\/.+\/2025-09-16\/NSE_FO/);
  await expect(page.getByRole("heading", { name: new RegExp(name.split(" · ")[0]) })).toBeVisible();
  forgive(complaints, ...DIALOG);
});

test("a failed cell says why, its contracts stand together, and they are tried again", async ({ page, request, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signIn(page, own, "/jobs");
  const [refused] = await contracts(request, own);
  const path = `/v2/expired-instruments/historical-candle/${encodeURIComponent(refused.expired_key)}`;
  await setFaults(request, own, { path_prefix: path, server_error: 1, server_error_status: 404 });
  const address = await startJob(request, own);
  await page.goto(own.url + address);
  await alive(page);
  await expect(page.getByText("completed with failures", { exact: true }).first()).toBeVisible({ timeout: JOB_MS_MAX });
  await expect(cells(page, "failed")).toHaveCount(1);
  await expect(cells(page, "failed")).toHaveText(/failed: .*404/);
  const failures = page.getByRole("region", { name: "1 failed" });
  await expect(failures.getByRole("rowheader")).toContainText("404");
  await expect(failures.getByRole("link")).toHaveAttribute("href", new RegExp(encodeURIComponent(refused.expired_key)));
  await page.screenshot({ path: "test-results/screenshots/failures.png", fullPage: true });
  expect(await seriousFaults(page)).toEqual([]);

  await setFaults(request, own, {});
  await page.getByRole("button", { name: "Try these again" }).click();
  await expect(cells(page, "failed")).toHaveCount(0, { timeout: JOB_MS_MAX });
  await expect(failures).toHaveCount(0);
  forgive(complaints, ...DIALOG);
});

test("a long log is searched part by part, as far back as a person wants", async ({ page, request, own }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: [NIFTY], expiries: { dates: ["2025-08-28"] }, kinds: "futures", days: 1, with_underlying: false });
  await completed(request, own, job);
  // As many lines as a job of a few thousand contracts tells.
  await own.close();
  const lines = "WITH RECURSIVE line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < 1600)";
  await change(own.dataDir, `INSERT INTO job_event (job_id, at, level, message)
    ${lines} SELECT ${job}, (SELECT max(at) FROM job_event), 'info', iif(n % 2, 'odd ', 'even ') || n FROM line`);
  await own.start();

  await page.goto(`${own.url}/jobs/${job}`);
  await alive(page);
  const log = page.getByRole("log");
  await expect(log).toContainText("even 1600");
  await page.getByRole("searchbox", { name: "Search the log" }).fill("odd");
  await expect(log.getByText("The newest 500 of the older lines that pass the filter:")).toBeVisible();
  await expect(log.getByText("odd 1", { exact: true })).toHaveCount(0);
  await expect(log.getByText(/^even /)).toHaveCount(0);
  await log.getByRole("button", { name: "Search further back" }).click();
  await expect(log.getByText(/^\d+ lines older, found in all of the log$/)).toBeVisible();
  await expect(log.getByText("odd 1", { exact: true })).toHaveCount(1);
  await expect(log.getByRole("button", { name: "Search further back" })).toHaveCount(0);
  await expect(log.locator(".log-message", { hasText: /^odd \d+$/ })).toHaveCount(800);
  expect(await seriousFaults(page)).toEqual([]);
});

test("every request stands in a log that can be searched", async ({ page, request, own, complaints }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  await signIn(page, own, "/jobs");
  const [refused] = await contracts(request, own);
  const path = `/v2/expired-instruments/historical-candle/${encodeURIComponent(refused.expired_key)}`;
  await setFaults(request, own, { path_prefix: path, server_error: 1, server_error_status: 404 });
  const address = await startJob(request, own);
  const job = own.url + address.replace("/jobs/", "/api/v1/jobs/");
  await expect.poll(async () => (await (await request.get(job)).json()).status, { timeout: JOB_MS_MAX }).toBe("completed_with_failures");

  await page.goto(`${own.url}/status`);
  await alive(page);
  const rows = page.locator(".request-table tbody tr");
  await expect(rows).toHaveCount(50);
  // Days as people write them, contracts by their names, and all of it within the frame.
  await expect(rows.first()).toContainText(/\d\d:\d\d:\d\d\d{1,2} \w{3} \d{4}/);
  await expect(page.locator(".request-table")).toContainText(/NIFTY [\d.]+ (CE|PE) /);
  await expect(page.locator(".request-table")).not.toContainText(/\d{4}-\d\d-\d\d/);
  const frame = page.locator(".request-frame");
  expect(await frame.evaluate((of) => of.scrollWidth - of.clientWidth)).toBe(0);
  await page.getByRole("button", { name: "Older requests" }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(50);
  const search = page.getByRole("searchbox", { name: "Search names, keys and codes" });
  await search.fill(refused.expired_key.toLowerCase());
  await search.press("Enter");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("404");
  await page.getByRole("combobox", { name: "Outcome" }).selectOption("answered");
  await expect(page.getByText("No request passes this filter.")).toBeVisible();
  // The filter is the address: it can be reloaded and sent.
  await page.goto(`${own.url}/status?outcome=fault&job=${address.split("/").pop()}`);
  await alive(page);
  await expect(page.getByRole("combobox", { name: "Outcome" })).toHaveValue("fault");
  await expect(rows).toHaveCount(1);
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: "test-results/screenshots/status-log.png", fullPage: true });
  const audit = await (await request.get(`${own.url}/api/v1/audit?outcome=fault&limit=5`)).json();
  expect(audit.lines.map((line: { key: string; status: number }) => [line.key, line.status])).toEqual([[refused.expired_key, 404]]);
  forgive(complaints, ...DIALOG);
});

/** As a list of two hundred would be: the server answers with the newest alone, and the older ones are asked for. */
test("jobs that the list does not begin with are brought", async ({ page, request, own }) => {
  const lists = await Wire.of(page, "**/rpc/jobs/list");
  await signIn(page, own, "/status");
  const [first, second] = [await startJob(request, own), await startJob(request, own)];
  lists.takes(async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: (await answer.json()).slice(0, 1) });
  });
  await page.getByRole("navigation").getByRole("link", { name: "Jobs", exact: true }).first().click();
  const listed = (job: string) => page.locator(`main a[href="${job}"]`).first();
  await expect(listed(second)).toBeVisible();
  await expect(listed(first)).toHaveCount(0);
  await page.getByRole("button", { name: "Show older jobs" }).click();
  await expect(listed(first)).toBeVisible();
  await expect(page.getByRole("button", { name: "Show older jobs" })).toHaveCount(0);
});
