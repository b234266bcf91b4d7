// Schedules and notices in the browser: a rule is added with its preview, run, held and removed; what it brought
// is told by the bell; a webhook is set up, tested against a real receiver, and its secret never comes back.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { type Server, startServer } from "../support/server";
import { look } from "../support/look";
import { expect, alive, test as base } from "../support/test";

const test = base.extend<{ own: Server }>({
  own: async ({ page }, use) => {
    const server = await startServer();
    await use(server);
    // A page that is still open would complain that its server is away.
    await page.close();
    await server.stop();
  },
});

const JOB_MS_MAX = 60_000;
// A page is looked at in two sizes and two themes.
test.setTimeout(JOB_MS_MAX);
const SECRET = "planted-signing-secret-9917";

async function signIn(server: Server) {
  const body = JSON.stringify({ token: "simulated" });
  const headers = { "content-type": "application/json" };
  expect((await fetch(`${server.url}/api/v1/session`, { method: "POST", headers, body })).status).toBe(200);
}

async function open(page: Page, server: Server, path: string) {
  await page.goto(`${server.url}${path}`);
  await alive(page);
}

/** In both themes, on a desk and on a phone: no serious fault, nothing sticks out. */
test("a schedule is added with a preview, held, resumed and removed", async ({ page, own }) => {
  await open(page, own, "/schedules");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No schedule yet");
  await page.getByRole("button", { name: "Add a schedule" }).click();
  const add = page.getByRole("button", { name: "Add schedule" });
  await expect(add).toBeDisabled();
  await expect(page.getByText("Choose at least one instrument.")).toBeVisible();
  await page.getByRole("checkbox", { name: "Nifty 50", exact: true }).check();
  await page.getByText("Weekly", { exact: true }).click();
  await expect(page.getByText("At 07:30 IST of the next trading day after an expiry.")).toBeVisible();
  await page.getByText("Cron expression", { exact: true }).click();
  const preview = page.locator(".schedule-preview");
  await expect(preview.getByRole("listitem")).toHaveCount(5);
  await page.getByLabel(/Minute, hour, day/).fill("soon");
  await expect(preview).toContainText("is no cron expression");
  await page.getByLabel(/Minute, hour, day/).fill("0 8 * * 1-5");
  await expect(preview).toContainText("At 08:00");
  await look(page, "schedule-form");
  await page.getByLabel("Name").fill("Every weekday");
  await add.click();

  const entry = page.getByRole("listitem").filter({ hasText: "Every weekday" });
  await expect(entry).toContainText("planned");
  await expect(entry).toContainText(/(Mon|Tue|Wed|Thu|Fri) \d+ \w{3} \d{4}, 08:00 IST/);
  await entry.getByRole("button", { name: "Pause" }).click();
  await expect(entry).toContainText("paused");
  await page.reload();
  await alive(page);
  await entry.getByRole("button", { name: "Resume" }).click();
  await expect(entry).toContainText("planned");
  await entry.getByRole("button", { name: "Change" }).click();
  const save = entry.getByRole("button", { name: "Save changes" });
  await expect(entry.getByRole("heading", { name: "Change the schedule" })).toBeFocused();
  await entry.getByRole("button", { name: "Close" }).click();
  await expect(entry.getByRole("button", { name: "Change" })).toBeFocused();
  await entry.getByRole("button", { name: "Change" }).click();
  // A second form beside it has fields of its own.
  await page.getByRole("button", { name: "Add a schedule" }).click();
  for (const form of [page.getByRole("form", { name: "New schedule" }), page.getByRole("form", { name: "Change the schedule" })]) {
    await expect(form.getByLabel("Days before expiry")).toHaveCount(1);
    await expect(form.getByLabel("Name", { exact: true })).toHaveCount(1);
  }
  await page.getByRole("form", { name: "New schedule" }).getByRole("button", { name: "Close" }).click();
  await expect(entry.getByRole("checkbox", { name: "Nifty 50", exact: true })).toBeChecked();
  await entry.getByLabel("Days before expiry").fill("0");
  await expect(save).toBeDisabled();
  await entry.getByLabel("Days before expiry").fill("30");
  await entry.getByLabel(/Minute, hour, day/).fill("15 9 * * 1-5");
  await expect(entry.locator(".schedule-preview")).toContainText("At 09:15");
  await save.click();
  await expect(save).toBeHidden();
  await expect(entry).toContainText("30 days");
  await expect(entry).toContainText(/, 09:15 IST/);
  await entry.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove the schedule" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No schedule yet");
});

test("a run makes a job, and its end is told by the bell", async ({ page, own }) => {
  test.setTimeout(JOB_MS_MAX * 2);
  const rule = { underlyings: ["NSE_INDEX|Nifty 50"], expiries: "monthly", kinds: "futures", days: 5 };
  const headers = { "content-type": "application/json" };
  await fetch(`${own.url}/api/v1/schedules`, { method: "POST", headers, body: JSON.stringify(rule) });
  await open(page, own, "/schedules");
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page.getByRole("alert")).toContainText("Sign-in needed");
  await signIn(own);
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page.getByRole("link", { name: "job 1" })).toHaveAttribute("href", "/jobs/1");
  const bell = page.getByRole("link", { name: "Notices, 1 unread" });
  await expect(bell).toBeVisible({ timeout: JOB_MS_MAX });
  await look(page, "schedules");
  await bell.click();
  await expect(page).toHaveURL(`${own.url}/notices`);
  await expect(page.getByRole("listitem").filter({ hasText: "Job 1 completed" })).toContainText("Done: 1 contract");
  await look(page, "notices");
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByRole("link", { name: "Notices, none unread" })).toBeVisible();
  await page.reload();
  await alive(page);
  await expect(page.getByRole("button", { name: "Mark all as read" })).toHaveCount(0);
  // The next run finds nothing new.
  await open(page, own, "/schedules");
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page.getByText("nothing new")).toBeVisible();
});

test("a webhook is set up and tested, and its secret does not come back", async ({ page, own }) => {
  const posts: { headers: IncomingHttpHeaders; body: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      posts.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

  await open(page, own, "/settings");
  await page.getByRole("checkbox", { name: "By webhook" }).check();
  await page.getByLabel("Address").fill(url);
  await page.getByLabel("Secret").fill("short");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("at least 16 characters");
  await page.getByLabel("Secret").fill(SECRET);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test was delivered to 127.0.0.1.")).toBeVisible();
  const [{ headers, body }] = posts;
  const signed = createHmac("sha256", SECRET).update(`${headers["x-expirytrack-timestamp"]}.${body}`).digest("hex");
  expect(headers["x-expirytrack-signature"]).toBe(`sha256=${signed}`);

  await page.reload();
  await alive(page);
  await expect(page.getByText("One is stored")).toBeVisible();
  expect(await page.content()).not.toContain(SECRET);
  await page.getByRole("checkbox", { name: "By email" }).check();
  await expect(page.getByText("Fill in the mail server.")).toBeVisible();
  await page.getByText("STARTTLS", { exact: true }).click();
  await expect(page.getByLabel("Port")).toHaveValue("587");
  await look(page, "settings-notices");
  receiver.close();
});

test("the page of notices stands without any", async ({ page, own }) => {
  await open(page, own, "/notices");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No notice yet");
  await look(page, "notices-empty");
});
