// Status: the program's own log by level and words, and what a person looks at when something seems wrong.
import { alive, expect, test } from "../support/test";

test("the own log is chosen by level and by words, and the address keeps both", async ({ page }) => {
  await page.goto("/status");
  await alive(page);
  const log = page.getByRole("region", { name: /ExpiryTrack's own log/ });
  await expect(log.getByRole("log")).toContainText("the log begins");
  await log.getByRole("combobox", { name: "Level" }).selectOption("error");
  await expect(log).toContainText("No line fits.");
  await expect(page).toHaveURL(/level=error/);
  await page.reload();
  await expect(log).toContainText("No line fits.");
  await log.getByRole("combobox", { name: "Level" }).selectOption("");
  await log.getByRole("searchbox", { name: "Search the log" }).fill("LOG BEGINS");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/log=LOG(\+|%20)BEGINS/);
  await expect(log.getByRole("log").locator("p")).toHaveCount(1);
});

test("what works by itself is called by its name, and no page sends people to a terminal", async ({ page }) => {
  await page.goto("/status");
  const loops = page.getByRole("region", { name: "Works by itself" });
  for (const name of ["Jobs", "Sending of notices", "End of the sign-in"]) {
    await expect(loops.getByRole("term").filter({ hasText: name })).toBeVisible();
  }
  await expect(page.getByText("all of it is checked from the command line")).toBeVisible();
  await expect(page.locator("main")).not.toContainText("expirytrack verify");
  await page.goto("/settings/storage");
  await expect(page.getByText("The database was never checked as a whole")).toBeVisible();
  await expect(page.locator("main")).not.toContainText(/expirytrack (verify|import)/);
  await expect(page.getByRole("link", { name: "Import over REST" })).toHaveAttribute("href", "/api#imports");
});

test("health is told in figures", async ({ page }) => {
  await page.goto("/status");
  for (const name of ["Free disk", "Last check", "Last backup", "Memory"]) {
    await expect(page.getByRole("term").filter({ hasText: name })).toBeVisible();
  }
  await expect(page.getByRole("region", { name: /in the last 24 hours/ })).toBeVisible();
});
