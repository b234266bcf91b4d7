// The page that tries REST: an operation is found, sent, and copied as curl; what is refused says so.
import { look } from "../support/look";
import { expect, test } from "../support/test";

test("an operation is found, sent and copied, and a refusal is told", async ({ page, request, baseURL, complaints }) => {
  // Every operation with its schemas is a long page, looked at in every size and both colours.
  test.setTimeout(90_000);
  await page.goto("/api");
  // The way back is that of every page.
  const rail = page.getByRole("navigation", { name: "Main" });
  await expect(rail.getByRole("link", { name: "Chain" })).toHaveAttribute("href", "/chain");
  await expect(rail.getByRole("link", { name: "Settings" })).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "About" })).toHaveAttribute("href", "/settings/about");
  const filter = page.getByRole("searchbox", { name: "Filter the operations" });
  await filter.fill("no such words");
  await expect(page.getByText("No operation has these words.")).toBeVisible();
  await filter.fill("days of an expiry");
  const operations = page.locator("section > details");
  await expect(operations.filter({ visible: true })).toHaveCount(1);

  // All of it is more than axe looks through in time.
  await filter.fill("/api/v1/about");

  const about = page.locator("section#about > details");
  await about.locator("> summary").click();
  await about.getByRole("button", { name: "Send" }).click();
  await expect(about.locator(".outcome")).toContainText(/^200 /);
  const told = await (await request.get("/api/v1/about")).json();
  expect(JSON.parse(await about.getByLabel("The answer").innerText()).version).toBe(told.version);
  await look(page, "rest-page");
  await filter.fill("");

  const chain = page.locator("section#chain > details").first();
  await chain.locator("> summary").click();
  await chain.getByLabel("underlying").fill("NOBODY'S");
  await chain.getByLabel("expiry").fill("2025-08-28");
  await chain.getByRole("button", { name: "Send" }).click();
  await expect(chain.locator(".outcome")).toContainText(/^4\d\d /);
  await expect(chain.getByLabel("The answer")).toContainText("detail");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await chain.getByRole("button", { name: "Copy as curl" }).click();
  await expect(chain.getByText("Copied.")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`curl -sS '${baseURL}/api/v1/chain?underlying=NOBODY%27S&expiry=2025-08-28'`);
  complaints.length = 0;
});
