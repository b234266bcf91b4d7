// What a person waits for in a real browser, on what is handed out: rows of docs/benchmarks.md, one JSON document a line in
// the file that EXPIRYTRACK_BENCH_FILE names. `cargo xtask bench -- browser` runs it; a figure beyond its goal is no failure.
import { appendFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import { test } from "../support/job";
import { EXPIRIES, collectMarket, contracts } from "../support/market";
import { SIZES } from "../support/look";
import { alive, expect } from "../support/test";

const FILE = process.env.EXPIRYTRACK_BENCH_FILE;
const LOADS = 9;
const STEPS = 100;
const PAN_MOVES = 240;
const NIFTY = "NSE_INDEX%7CNifty%2050";
const [EXPIRY] = EXPIRIES;

/** Of milliseconds. */
function row(what: string, ms: number, goal?: number) {
  const document = {
    what,
    measured: `${ms.toFixed(1)} ms`,
    goal: goal === undefined ? "" : `≤ ${goal} ms`,
    met: goal === undefined ? "" : ms <= goal ? "yes" : "NO",
  };
  console.log(`${what}: ${document.measured} ${document.goal} ${document.met}`);
  if (FILE) appendFileSync(FILE, JSON.stringify(document) + "\n");
}

function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Milliseconds of the page's own clock from the click on a link until `isThere` holds and is painted, cold: nothing of the
 * page is in the browser. */
async function cold(browser: Browser, address: string, isThere: () => boolean): Promise<number[]> {
  const times = [];
  for (let load = 0; load < LOADS; load += 1) {
    const context = await browser.newContext({ viewport: SIZES.desktop });
    const page = await context.newPage();
    await page.goto(address, { waitUntil: "commit" });
    await page.waitForFunction(isThere, undefined, { polling: "raf" });
    times.push(await page.evaluate(() => performance.now()));
    await context.close();
  }
  return times;
}

async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: SIZES.desktop })).newPage();
}

test("figures of the pages", async ({ browser, request, own }) => {
  test.setTimeout(1_200_000);
  await collectMarket(request, own);
  const options = await contracts(request, own, EXPIRY, "options");
  const [future] = await contracts(request, own, EXPIRY, "futures");
  const ladder = `${own.url}/browse/${NIFTY}/${EXPIRY}`;
  const chart = `${ladder}/${encodeURIComponent(future.expired_key)}`;

  const home = await cold(browser, own.url, () => document.documentElement.hasAttribute("data-alive") && !!document.querySelector("main h1, main h2"));
  row("home: drawn and ready for a click, cold, median", quantile(home, 0.5), 500);
  const rows = await cold(browser, ladder, () => document.documentElement.hasAttribute("data-alive") && document.querySelectorAll("main table tbody tr").length > 10);
  row(`a ladder of ${options.length} options: drawn and ready, cold, median`, quantile(rows, 0.5), 500);
  const isDrawn = () => !!document.querySelector(".chart-frame[aria-busy=false] canvas");
  const first = await cold(browser, chart, isDrawn);
  row("the first chart of a future, cold, median", quantile(first, 0.5), 1_000);
  row("the slowest of them", Math.max(...first));

  const panned = await framesOfPanning(await newPage(browser), `${chart}?interval=1minute`, isDrawn);
  row("a frame while its minutes are panned (60 a second: 16.7 ms), median", quantile(panned, 0.5), 17);
  row("95th percentile", quantile(panned, 0.95));

  const steps = await stepsOfChain(await newPage(browser), `${own.url}/chain?underlying=${NIFTY}&expiry=${EXPIRY}`);
  expect(steps.length).toBeGreaterThan(STEPS / 2);
  row("the next minute of a chain: from the key to other figures on the screen, median", quantile(steps, 0.5), 50);
  row("95th percentile", quantile(steps, 0.95), 50);
});

async function framesOfPanning(page: Page, address: string, isDrawn: () => boolean): Promise<number[]> {
  await page.goto(address);
  await page.waitForFunction(isDrawn);
  const box = await page.locator(".chart-stage canvas").first().boundingBox();
  if (!box) throw new Error("the chart has no room");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + 500, y);
  await page.mouse.down();
  const frames = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const lengths: number[] = [];
        let last = performance.now();
        const frame = (now: number) => {
          lengths.push(now - last);
          last = now;
          if (document.body.dataset.panned) resolve(lengths.slice(2));
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
  );
  for (let move = 0; move < PAN_MOVES; move += 1) await page.mouse.move(box.x + 500 + ((move * 7) % 400), y);
  await page.evaluate(() => (document.body.dataset.panned = "yes"));
  await page.mouse.up();
  return frames;
}

async function stepsOfChain(page: Page, address: string): Promise<number[]> {
  await page.goto(address);
  await alive(page);
  await expect(page.locator(".chain-table tbody tr").first()).toBeVisible();
  const slider = page.getByRole("slider").first();
  await slider.focus();
  await page.keyboard.press("Home");
  await expect(page.locator(".chain-table")).toHaveAttribute("aria-busy", "false");
  const steps = [];
  for (let taken = 0; taken < STEPS; taken += 1) {
    // Whoever looks is there before the key is pressed.
    const step = await page.evaluateHandle(() => {
      const seen = new Promise<number | undefined>((resolve) => {
        let pressed: number | undefined;
        addEventListener("keydown", () => (pressed = performance.now()), { once: true, capture: true });
        const look = new MutationObserver(() => {
          if (pressed === undefined) return;
          const since = pressed;
          look.disconnect();
          // A message that is sent in a frame comes when that frame is painted.
          requestAnimationFrame(() => {
            const painted = new MessageChannel();
            painted.port1.onmessage = () => resolve(performance.now() - since);
            painted.port2.postMessage(undefined);
          });
        });
        look.observe(document.querySelector(".chain-table")!, { subtree: true, childList: true, characterData: true });
        // A minute in which nothing traded shows what the one before did.
        setTimeout(() => resolve(undefined), 1_000);
      });
      return { seen };
    });
    await page.keyboard.press("ArrowRight");
    const ms = await step.evaluate(({ seen }) => seen);
    if (ms !== undefined) steps.push(ms);
  }
  return steps;
}
