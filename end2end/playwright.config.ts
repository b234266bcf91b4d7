// How the browser tests run: files side by side, each worker with one real browser and one real server.
// `cargo xtask e2e` sets EXPIRYTRACK_CHROMIUM and EXPIRYTRACK_BINARY.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  // A release has tests of its own.
  testDir: process.env.EXPIRYTRACK_TESTS ?? "tests",
  outputDir: "test-results/files",
  workers: 2,
  fullyParallel: false,
  // A test that needs a second try is broken; xtask counts a flaky one as failed.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 30_000 },
  forbidOnly: !!process.env.CI,
  reporter: [["list"], ["json", { outputFile: "test-results/report.json" }]],
  use: {
    browserName: "chromium",
    locale: "en-IN",
    timezoneId: "Asia/Kolkata",
    // A trace of every step costs a fifth of the time: `cargo xtask e2e -- chain --trace on` makes one when it is wanted.
    screenshot: "only-on-failure",
    // A step that cannot be done says so by itself, long before its test is out of time.
    actionTimeout: 30_000,
    launchOptions: {
      executablePath: process.env.EXPIRYTRACK_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
