// Settings › Storage: what takes how much room, a backup and its rule, pruning after a look at it, compacting, and a
// lake: published, verified, archived and brought back.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completed, order, signInByRest, test } from "../support/job";
import { look } from "../support/look";
import { alive, expect } from "../support/test";
import { Wire } from "../support/wire";

// The page is looked at in two sizes and two themes.
test.setTimeout(240_000);
const EXPIRIES = ["2025-08-28", "2025-09-09"];

test("an empty storage says so, and nothing can be pruned or compacted", async ({ page, own }) => {
  await page.goto(`${own.url}/settings`);
  await alive(page);
  await page.getByRole("link", { name: /^Storage/ }).click();
  await expect(page).toHaveURL(`${own.url}/settings/storage`);
  await expect(page.getByText("There is no backup in this folder yet.")).toBeVisible();
  await expect(page.getByText("Nothing is stored yet.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Compact now" })).toBeDisabled();
  await look(page, "storage-empty");
});

test("a backup, a rule, a pruning with its preview by keyboard, and the room that comes back", async ({ page, request, own }) => {
  // Two downloads and all that a page can do with them.
  test.setTimeout(60_000);
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: EXPIRIES }, strikes: 10 }));
  await completed(request, own, await order(request, own, { underlyings: ["BANKNIFTY"], expiries: { last: 1 }, strikes: 10 }));
  const compaction = await Wire.of(page, "**/rpc/storage/compact");
  const work = await Wire.of(page, "**/rpc/storage/work");
  await page.goto(`${own.url}/settings/storage`);
  await alive(page);
  await expect(page.getByRole("img", { name: /What takes how much room/ })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Nifty 50" }).first()).toContainText("about");

  await page.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByText(/^Made and checked: expirytrack-.*\.db/)).toBeVisible();
  await expect(page.getByRole("table", { name: /Backups in the folder/ }).getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Back up now" })).toBeEnabled();
  const days = page.getByLabel("Every so many days");
  await days.fill("0");
  await expect(page.getByRole("button", { name: "Save the rule" })).toBeDisabled();
  await days.fill("2");
  await page.getByRole("button", { name: "Save the rule" }).click();
  await expect(page.getByText(/^Every 2 days at 06:30 IST, the newest 7 are kept\. The next one /)).toBeVisible();
  await page.getByRole("button", { name: "No more by themselves" }).click();
  await expect(page.getByText("No backup is made by itself.")).toBeVisible();

  const prune = page.getByRole("region", { name: "Prune", exact: true });
  // A job that is not over wants one of them.
  const held = await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRIES[1]] }, days: 90 });
  expect((await request.post(`${own.url}/api/v1/jobs/${held}/pause`)).ok()).toBe(true);
  await prune.getByLabel("Underlying", { exact: true }).selectOption("Nifty 50");
  await prune.getByText("All of them").click();
  await prune.getByRole("button", { name: "Show what would go" }).click();
  await prune.getByRole("button", { name: /^Remove .* candles$/ }).click();
  await expect(page.getByRole("alert")).toContainText(`Job ${held} (`);
  await expect(page.getByRole("alert")).toContainText("would bring it again");
  await prune.getByRole("button", { name: "Keep them" }).click();

  // From here on by keyboard.
  await prune.getByRole("radio", { name: "All of them" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(prune.getByRole("radio", { name: "Chosen ones" })).toBeChecked();
  await prune.getByRole("checkbox", { name: /^28 Aug 2025/ }).focus();
  await page.keyboard.press("Space");
  await prune.getByRole("button", { name: "Show what would go" }).focus();
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { name: "What goes of Nifty 50" });
  await expect(heading).toBeFocused();
  await expect(page.getByText(/Upstox still promises 1 expiry, the first until 28 Feb 2026/)).toBeVisible();
  await expect(page.getByText(/^The backup of .* has all of it\.$/)).toBeVisible();
  await look(page, "storage-preview");
  await heading.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(prune.getByRole("button", { name: /^Remove .* candles$/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText(/candles were removed\.$/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Pruned before" })).toBeVisible();
  await expect(prune.getByRole("checkbox", { name: /Aug 2025/ })).toHaveCount(0);
  await expect(prune.getByRole("button", { name: "Show what would go" })).toBeDisabled();

  // What takes long is followed until the server says that it has ended.
  const progress = { deed: "compact", began_at: 0, done: 1_000_000, total: 4_000_000, is_stopping: false };
  const under_way = { under_way: progress, last: null };
  // A command may be refused, a look may not.
  compaction.takes((route) => route.fulfill({ json: { Ok: under_way } }));
  work.takes((route) => route.fulfill({ json: under_way }));
  await page.getByRole("button", { name: "Compact now" }).click();
  await expect(page.getByText("1.0 MB of 4.0 MB came back so far.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Back up now" })).toBeDisabled();
  work.goesThrough();
  await expect(page.getByText("came back so far.")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Back up now" })).toBeEnabled();
  compaction.goesThrough();
  await page.getByRole("button", { name: "Compact now" }).click();
  await expect(page.getByText(/ came back\.$/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Compact now" })).toBeDisabled();
  await look(page, "storage-done");

  await page.goto(`${own.url}/browse/NSE_INDEX%7CNifty%2050?show=all`);
  await alive(page);
  await expect(page.getByRole("row", { name: /28 Aug 2025/ })).toContainText("pruned on");
});

test("an expiry is published into a folder, verified, left to the lake alone, and brought back", async ({ page, request, own }) => {
  const folder = mkdtempSync(join(tmpdir(), "expirytrack-lake-"));
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRIES[0]] }, days: 90 }));
  await page.goto(`${own.url}/settings/storage`);
  await alive(page);
  const lake = page.getByRole("region", { name: "Lake", exact: true });
  await expect(lake.getByText("Nothing is published from here yet.")).toBeVisible();
  await expect(lake.getByRole("button", { name: "Publish what is complete" })).toBeDisabled();
  await lake.getByLabel("Folder or s3://BUCKET/PREFIX").fill(folder);
  await lake.getByRole("button", { name: "Remember" }).click();
  await lake.getByRole("button", { name: "Publish what is complete" }).click();
  const partition = lake.getByRole("row", { name: /NIFTY 28 Aug 2025/ });
  await expect(partition).toContainText("as stored here");
  await expect(partition).toContainText("never");
  await lake.getByRole("button", { name: "Verify" }).click();
  await expect(lake.getByRole("heading", { name: /^Verified last, in / })).toBeVisible();
  await expect(partition).not.toContainText("never");

  const archive = page.getByRole("region", { name: "In the lake alone" });
  await archive.getByRole("button", { name: "Show what would leave" }).click();
  await expect(archive.getByRole("heading", { level: 3 })).toBeFocused();
  await look(page, "storage-lake");
  await archive.getByRole("button", { name: /^Move / }).click();
  await expect(archive.getByText(/candles were moved into the lake\.$/)).toBeVisible();
  await expect(partition).toContainText("in the lake alone");
  // Everything reads it there.
  const { contracts } = await (await request.get(`${own.url}/api/v1/stored/contracts?underlying=NIFTY&expiry=${EXPIRIES[0]}`)).json();
  const future = encodeURIComponent(contracts[0].contract.expired_key);
  const bars = async () => (await request.get(`${own.url}/api/v1/candles/${future}?format=csv`)).text();
  const archived = await bars();
  expect(archived.trim().split("\n").length - 1).toBe(contracts[0].candles);
  // It lies elsewhere now, and a place that lacks it is no such place.
  await lake.getByText("The lake lies elsewhere now").click();
  const elsewhere = mkdtempSync(join(tmpdir(), "expirytrack-moved-"));
  await lake.getByLabel("It lies now in this folder, or s3://BUCKET/PREFIX").fill(elsewhere);
  await lake.getByRole("button", { name: "Read it there" }).click();
  await expect(lake.getByText(/ended before its end.*its manifest is not there any more.*read from .* as before/)).toBeVisible();
  cpSync(folder, elsewhere, { recursive: true });
  await lake.getByRole("button", { name: "Read it there" }).click();
  await expect(lake.getByText(/candles were read there\.$/)).toBeVisible();
  await expect(archive.getByText(`${elsewhere}/candles`)).toBeVisible();
  await expect(lake.getByLabel("Folder or s3://BUCKET/PREFIX", { exact: true })).toHaveValue(elsewhere);
  await look(page, "storage-moved");
  rmSync(folder, { recursive: true });
  expect(await bars()).toBe(archived);
  await archive.getByRole("button", { name: "Bring NIFTY 28 Aug 2025 back" }).click();
  await expect(partition).toContainText("as stored here");
  expect(await bars()).toBe(archived);
  rmSync(elsewhere, { recursive: true });
});
