// Who may use the server: a password that is set on the page, browsers that type it, sessions and tokens that end.
import { createServer } from "node:http";
import { once } from "node:events";
import type { Page } from "@playwright/test";
import { forgive, test } from "../support/job";
import { alive, expect, seriousFaults } from "../support/test";

const PASSWORD = "correct horse battery";

/** Whoever is locked out is told so, on a socket and by a question. */
const LOCKED_OUT = [/^401: /, /status of 401/, /WebSocket connection to .* failed/];

async function setPassword(page: Page, url: string) {
  await page.goto(`${url}/settings/access`);
  await alive(page);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("button", { name: "Change password" })).toBeVisible();
}

async function session(page: Page, url: string): Promise<string> {
  const picture = await (await page.request.get(`${url}/api/v1/access`)).json();
  return picture.sessions.find((one: { is_this: boolean }) => one.is_this).id;
}

async function unlock(page: Page, password: string) {
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Unlock" }).click();
}

test("a password is set on the page, typed in another browser, and ends sessions there", async ({ page, own, browser, complaints }) => {
  await setPassword(page, own.url);
  await expect(page.getByRole("row", { name: /this one/ })).toContainText("Chrome on Linux");

  const other = await (await browser.newContext()).newPage();
  await other.goto(`${own.url}/jobs?level=all`);
  await expect(other).toHaveURL(`${own.url}/unlock?next=${encodeURIComponent("/jobs?level=all")}`);
  expect(await seriousFaults(other)).toEqual([]);
  await unlock(other, "not the password");
  await expect(other.getByRole("alert")).toHaveText("That is not the password.");
  await expect(other.getByLabel("Password")).toBeFocused();
  await unlock(other, PASSWORD);
  await expect(other).toHaveURL(`${own.url}/jobs?level=all`);
  await alive(other);

  await page.reload();
  await alive(page);
  await expect(page.getByRole("row")).toHaveCount(3);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByRole("row")).toHaveCount(2);
  // The other one notices by itself.
  await expect(other).toHaveURL(/\/unlock/);
  await other.context().close();

  await page.getByRole("button", { name: "End the session of Chrome on Linux" }).click();
  await expect(page).toHaveURL(`${own.url}/unlock`);
  forgive(complaints, ...LOCKED_OUT);
});

test("the password is changed and removed with the old one alone", async ({ page, own, complaints }) => {
  await setPassword(page, own.url);
  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("another horse entirely");
  await page.getByLabel("The same again").fill("another horse");
  await expect(page.getByText("The two new ones differ.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Change password" })).toBeDisabled();
  await page.getByLabel("The same again").fill("another horse entirely");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("That is not the password.");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Done. Other browsers are signed out.")).toBeVisible();

  await page.getByLabel("Current password").fill("another horse entirely");
  await page.getByRole("button", { name: "Remove password" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove password" }).click();
  await expect(page.getByRole("button", { name: "Set password" })).toBeVisible();
  // What listened as a session listens again as anybody.
  forgive(complaints, ...LOCKED_OUT);
});

test("a token is shown once, reads and is revoked", async ({ page, own, request, complaints }) => {
  await setPassword(page, own.url);
  await page.getByLabel("A new token for").fill("two words");
  await expect(page.getByText(/A token's name has 1 to 40 letters/)).toBeVisible();
  await page.getByLabel("A new token for").fill("notebook");
  await page.getByRole("button", { name: "Make a token" }).click();
  const secret = await page.locator("code", { hasText: /^et_.{43}$/ }).innerText();
  const asked = () => request.get(`${own.url}/api/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await asked()).status()).toBe(200);
  // "Copied" is said when it is.
  const copy = page.locator(".notice").getByRole("button", { name: /cop/i });
  await page.evaluate(() => {
    const refuse = () => Promise.reject(new DOMException("not allowed", "NotAllowedError"));
    Object.defineProperty(navigator.clipboard, "writeText", { value: refuse, configurable: true });
  });
  await copy.click();
  await expect(copy).toHaveText("Not copied: select it");
  await page.evaluate(() => delete (navigator.clipboard as Partial<Clipboard>).writeText);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await copy.click();
  await expect(copy).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await page.reload();
  await alive(page);
  await expect(page.getByText(secret)).toHaveCount(0);
  await expect(page.getByRole("row", { name: /notebook/ })).toContainText("read only");
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("row", { name: /notebook/ })).toHaveCount(0);
  expect((await asked()).status()).toBe(401);
  forgive(complaints, ...LOCKED_OUT);
});

test("a link on another site leads to the page and not to the password", async ({ page, own, complaints }) => {
  await setPassword(page, own.url);
  const elsewhere = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(`<!DOCTYPE html><title>elsewhere</title><link rel="icon" href="data:,"><a href="${own.url}/jobs">jobs</a>`);
  }).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  const address = elsewhere.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  // Another site is another host: names of this machine differ, ports do not count.
  await page.goto(`http://localhost:${address.port}/`);
  await page.getByRole("link", { name: "jobs" }).click();
  await expect(page).toHaveURL(`${own.url}/jobs`);
  await alive(page);
  elsewhere.close();
  forgive(complaints, ...LOCKED_OUT, /^another host: http:\/\/localhost/);
});

test("the page of who may use the server fits a phone", async ({ page, own, complaints }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await setPassword(page, own.url);
  await page.getByLabel("A new token for").fill("a-name-that-is-as-long-as-a-name-can-be-x");
  await page.getByLabel("A new token for").fill("a-name-that-is-as-long-as-a-name-can-be");
  await page.getByRole("button", { name: "Make a token" }).click();
  await expect(page.getByText("It is shown this once")).toBeVisible();
  const widths = () => page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  const [content, window] = await widths();
  expect(content).toBeLessThanOrEqual(window);
  // A session that ends leads to where the password is typed.
  await page.request.delete(`${own.url}/api/v1/access/sessions/${await session(page, own.url)}`);
  await expect(page).toHaveURL(/\/unlock/);
  const [locked, narrow] = await widths();
  expect(locked).toBeLessThanOrEqual(narrow);
  forgive(complaints, ...LOCKED_OUT);
});
