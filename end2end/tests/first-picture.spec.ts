// The first picture: the document's own frame, the page in its place, and nothing that moves or waits between them.
import { alive, expect, test } from "../support/test";

const WIDTHS = [1280, 820, 390];

/** Where each part of the rail is, and what it says. */
const rail = () => {
  const parts = document.querySelectorAll(".rail, .rail-brand, .rail-entry, .simulated-band, .top-bar");
  return [...parts].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const words = part.matches(".top-bar") ? "" : (part.textContent ?? "").trim();
    return [part.className.split(" ")[0], words, x, y, width, height].join(" ");
  });
};

test("the frame of the document is the frame of the page, at every width", async ({ page, browser, server }) => {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/jobs");
    await alive(page);
    await expect(page.locator("#boot")).toHaveCount(0);
    const mounted = await page.evaluate(rail);
    // The same document in a browser that does not run it.
    const still = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 800 } });
    const frame = await still.newPage();
    await frame.goto(`${server.url}/jobs`);
    expect(await frame.evaluate(rail), `${width} px`).toEqual(mounted);
    await expect(frame.locator("noscript")).toBeVisible();
    await still.close();
  }
});

test("a page asks nothing that its document brought, and nothing moves", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/rpc/")) asked.push(new URL(request.url()).pathname);
  });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const path of ["/", "/collect", "/jobs", "/browse", "/browse/NSE_INDEX%7CNifty%2050", "/chain", "/schedules", "/notices",
    "/settings", "/settings/limits", "/settings/reading", "/settings/about", "/status?outcome=fault&search=x"]) {
    await page.goto(path);
    await alive(page);
    await expect(page.locator("main")).not.toBeEmpty();
    await expect(page.locator(".skeleton, .skeleton-box")).toHaveCount(0);
    // The list of instruments that a form of schedules offers comes beside its page.
    const own = asked.splice(0).filter((call) => !(path === "/schedules" && call === "/rpc/collect/instruments"));
    expect(own, path).toEqual([]);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, shift) => sum + shift, 0), path).toBeLessThan(0.01);
  }
});

test("a browser that cannot run the page says so", async ({ page, complaints }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "WebAssembly", { value: undefined });
  });
  await page.goto("/");
  await expect(page.locator("#not-started")).toBeVisible();
  await expect(page.locator("#not-started")).toContainText("WebAssembly");
  complaints.length = 0;
});
