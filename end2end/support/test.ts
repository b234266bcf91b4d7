// The `test` of every spec: a running server, and a page that is watched. At its end no test has a console
// message, an uncaught error, a failed request or a request that leaves this machine to its name.
import { type Page, test as base, expect } from "@playwright/test";
import axe from "axe-core";
import { type Server, startServer } from "./server";

export { expect };

declare global {
  interface Window {
    axe: typeof axe;
  }
}

type Watched = {
  /** What the page complained about. A test that provokes a complaint takes it out of here itself. */
  complaints: string[];
};

export const test = base.extend<Watched, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
      page.on("requestfailed", (request) => {
        // The page itself stops what nobody waits for any more, as a reload does. What a server breaks off has
        // another name (reset, refused, empty).
        const reason = request.failure()?.errorText;
        if (reason !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()} ${reason}`);
      });
      page.on("response", (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
      });
      page.on("request", (request) => {
        // A test may start a server of its own, and signing in leads to the simulator's own address.
        const { protocol, hostname } = new URL(request.url());
        const here = protocol === "data:" || protocol === "blob:" || hostname === "127.0.0.1";
        if (!here) complaints.push(`another host: ${request.url()}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** Waits until the WASM has taken the page over. */
export async function alive(page: Page) {
  await expect(page.locator("html")).toHaveAttribute("data-alive", "");
}

/** What axe holds for serious or critical, in words. It runs in the page itself: its own driver for Playwright opens
 * another page for every look, which costs five times as much, and is for documents with frames. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}
