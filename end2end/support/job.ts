// What tests of jobs share: a server of their own, signing in, the simulator's faults, starting a download.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIRequestContext, Page } from "@playwright/test";
import { type Server, startServer } from "./server";
import { expect, alive, test as base } from "./test";

export const JOB_MS_MAX = 90_000;

/** These tests end and start servers or change their faults, so each has its own. */
export const test = base.extend<{ own: Server }>({
  own: async ({ page }, use, info) => {
    const faults = join(tmpdir(), `expirytrack-faults-${info.testId}.json`);
    const latency = info.title.includes("cut down") ? 300 : 0;
    writeFileSync(faults, JSON.stringify({ latency_ms: latency }));
    const server = await startServer("--faults", faults);
    await use(server);
    // A page that is still open would complain that its server is away.
    await page.close();
    await server.stop();
  },
});

/** Complaints that a test provokes itself: the simulator's own dialog, and a server that is away. */
export function forgive(complaints: string[], ...expected: RegExp[]) {
  const rest = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
  complaints.splice(0, complaints.length, ...rest);
}

export async function signIn(page: Page, server: Server, next: string) {
  await page.goto(`${server.url}/signin?next=${encodeURIComponent(next)}`);
  await alive(page);
  await page.getByRole("link", { name: "Sign in to the simulated market" }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page).toHaveURL(`${server.url}${next}`);
  await alive(page);
}

/** Walks the wizard to its last step with the newest expiry of Nifty. */
export async function chooseNewest(page: Page) {
  await page.getByRole("checkbox", { name: "Nifty 50", exact: true }).check();
  await page.getByRole("link", { name: "Continue" }).click();
  await page.getByRole("radio", { name: /options and futures/i }).check();
  await page.getByRole("link", { name: "Continue" }).click();
  await page.getByRole("checkbox", { name: /16 Sep/ }).check();
  await page.getByRole("link", { name: "Continue" }).click();
}

/** Signs in without a page. */
export async function signInByRest(request: APIRequestContext, server: Server) {
  const answer = await request.post(`${server.url}/api/v1/session`, { data: { token: "simulated" } });
  expect(answer.ok()).toBe(true);
}

/** Orders a download without a page, and says its job's id. */
export async function order(request: APIRequestContext, server: Server, order: object): Promise<number> {
  const answer = await request.post(`${server.url}/api/v1/jobs`, { data: { kinds: "both", days: 2, ...order } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).id;
}

export async function completed(request: APIRequestContext, server: Server, job: number, timeout = JOB_MS_MAX) {
  const status = async () => {
    const { status } = (await (await request.get(`${server.url}/api/v1/jobs/${job}`)).json()) as { status: string };
    // A test that runs over 03:30 IST loses its sign-in, as everybody does.
    if (status === "waiting_for_login") await signInByRest(request, server);
    return status;
  };
  await expect.poll(status, { timeout }).toBe("completed");
}
