// What only a release has: code in parts. Every page is drawn by the files that its document names and no other, and
// one that does not come is told. `cargo xtask build` runs this against the executable that it made.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import { completed, forgive, order, signInByRest, test } from "../support/job";
import { alive, expect } from "../support/test";

const LIST = join(__dirname, "../../app/src/page_list.rs");
const LADDER = "/browse/NSE_INDEX%7CNifty%2050/2025-08-28";

/** As brotli; what a page of another part needs beside it comes with that page. */
const HOME_BYTES_MAX = 400_000;

/** The addresses of the list of pages, with these names in them. */
function pages(names: Record<string, string>): string[] {
  const rows = readFileSync(LIST, "utf8").matchAll(/^ *"(\/[^"]*)" \w+ \w+ \w+,$/gm);
  return [...rows].map(([, address]) => address.replace(/:(\w+)/g, (_, name: string) => names[name]));
}

async function drawn(page: Page) {
  await alive(page);
  await expect(page.locator("main")).not.toBeEmpty();
  await expect(page.locator(".boot-room, .skeleton, .skeleton-box")).toHaveCount(0);
}

test("every page is drawn by the code that its document names", async ({ page, request, own }) => {
  test.setTimeout(120_000);
  await signInByRest(request, own);
  const job = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: ["2025-08-28"] }, kinds: "futures" });
  await completed(request, own, job);
  await page.goto(own.url + LADDER);
  await drawn(page);
  const contract = (await page.locator(`main a[href^="${LADDER}/"]`).first().getAttribute("href")) ?? "";
  const [underlying, expiry, expired_key] = contract.split("/").slice(2);
  const addresses = pages({ id: String(job), underlying, expiry, expired_key: expired_key.split("?")[0] });
  expect(addresses.length).toBeGreaterThan(15);
  const loaded = new Set<string>();
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith(".wasm")) loaded.add(pathname);
  });
  for (const address of addresses) {
    loaded.clear();
    const document = await (await page.goto(own.url + address))?.text();
    await drawn(page);
    const named = [...(document ?? "").matchAll(/href="([^"]+\.wasm)"/g)].map(([, name]) => name);
    expect([...loaded].sort(), address).toEqual(named.sort());
  }
  // And from one page to the next, in one document.
  const entries = page.locator(".rail-entry[href]");
  for (const address of await entries.evaluateAll((all) => all.map((entry) => entry.getAttribute("href")))) {
    await page.locator(`.rail-entry[href="${address}"]`).click();
    await expect(page).toHaveURL(own.url + address);
    await drawn(page);
  }
});

test("what home loads stays small", async ({ request }) => {
  const document = await (await request.get("/")).text();
  let bytes = 0;
  for (const [, name] of document.matchAll(/href="([^"]+\.wasm)"/g)) {
    const answer = await request.head(name, { headers: { "accept-encoding": "br" } });
    expect(answer.headers()["content-encoding"]).toBe("br");
    bytes += Number(answer.headers()["content-length"]);
  }
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(HOME_BYTES_MAX);
});

test("a page whose code does not come says so, and comes when it can", async ({ page, server, complaints }) => {
  const part = /\/pkg\/wizard-/;
  const note = page.getByRole("alert").filter({ hasText: "This page could not be loaded" });
  await page.goto("/");
  await drawn(page);
  await page.route(part, (route) => route.abort());
  await page.locator('.rail-entry[href="/collect"]').click();
  await expect(note).toBeVisible();
  await expect(note.getByRole("button", { name: "Try again" })).toBeVisible();
  // The frame works on.
  await page.locator('.rail-entry[href="/jobs"]').click();
  await expect(page).toHaveTitle(/Jobs/);
  // As the first page of a document, too; it is tried again by itself while the server is heard.
  await page.goto("/collect");
  await expect(note).toBeVisible();
  await page.unroute(part);
  await expect(page.getByRole("checkbox", { name: "Nifty 50", exact: true })).toBeVisible();
  await expect(note).toHaveCount(0);
  forgive(complaints, /wizard-/, /Failed to fetch|ERR_FAILED/, /preload/);
});
