// The two markets of one server: one click there, one click back, and neither holds anything of the other.
import { existsSync } from "node:fs";
import { alive, expect, test } from "../support/test";

test("a click leads to the other market and a click back, without a restart", async ({ page, server }) => {
  await page.goto("/jobs");
  await alive(page);
  const band = page.getByRole("complementary", { name: "Market" });
  await expect(band).toContainText("Simulated market");
  await band.getByRole("button", { name: "Go to Upstox" }).click();

  await expect(page).toHaveURL("/");
  await alive(page);
  await expect(band).toHaveCount(0);
  const connect = page.getByRole("main");
  await expect(connect.getByRole("link", { name: "Sign in to Upstox" })).toBeVisible();
  expect(existsSync(`${server.dataDir}-upstox/expirytrack.db`), "it keeps its data in a directory of its own").toBe(true);

  // A program that says nothing gets the market of the start, whatever this browser looks at.
  const other = await page.request.get("/api/v1/session", { headers: { "x-expirytrack-market": "upstox" } });
  expect((await other.json()).simulated).toBe(false);
  const none = await fetch(`${server.url}/api/v1/session`);
  expect((await none.json()).simulated).toBe(true);

  await connect.getByRole("button", { name: "Try the simulated market" }).click();
  await expect(band).toContainText("Simulated market");
});

test("a market that does not exist is refused in words", async ({ page }) => {
  const answer = await page.request.get("/api/v1/session", { headers: { "x-expirytrack-market": "moon" } });
  expect(answer.status()).toBe(400);
  expect((await answer.json()).detail).toContain('"moon" is no market; write upstox or simulated');
});
