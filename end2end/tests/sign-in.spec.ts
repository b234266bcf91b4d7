// From nothing to a sign-in through the dialog of Upstox, which the simulator plays: the app is put, the browser goes
// there and comes back; what is refused is told; a return to another address is pasted.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { alive, expect, seriousFaults, test as base } from "../support/test";

const BINARY = process.env.EXPIRYTRACK_BINARY ?? resolve(__dirname, "../../target/debug/expirytrack");

type Broker = { url: string; server: string; stop: () => void };

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  listener.close();
  return port;
}

/** A look-alike of Upstox, and a server that takes it for Upstox. */
const test = base.extend<{ upstox: Broker }>({
  upstox: async ({ page }, use) => {
    const [broker, server] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
    const dataDir = mkdtempSync(join(tmpdir(), "expirytrack-upstox-"));
    const run = (words: string[]) => spawn(BINARY, words, { stdio: "ignore", env: { PATH: process.env.PATH } });
    const children = [
      run(["simulate", "--addr", broker]),
      run(["serve", "--addr", server, "--data-dir", dataDir, "--upstox-url", `http://${broker}`]),
    ];
    const answers = async () => fetch(`http://${server}/healthz`).then((answer) => answer.ok, () => false);
    await expect.poll(answers).toBe(true);
    await use({ url: `http://${broker}`, server: `http://${server}`, stop: () => children[0].kill() });
    // A page that is still open would complain that its server is away.
    await page.close();
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, "exit") : undefined)));
    rmSync(dataDir, { recursive: true, force: true });
  },
});

test("somebody with an app and no manual signs in, and out again", async ({ page, upstox }) => {
  await page.goto(`${upstox.server}/`);
  await alive(page);
  await page.getByRole("main").getByRole("link", { name: "Sign in to Upstox" }).click();
  await expect(page.getByRole("heading", { name: "First, once: your app at Upstox" })).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: "test-results/screenshots/sign-in-first.png", fullPage: true });
  await page.getByLabel("API key").fill("planted-key-5512");
  await page.getByLabel("API secret").fill("wrong");
  // The usual address has another port than this server.
  await page.getByRole("button", { name: "Use the one of this page" }).click();
  await expect(page.getByLabel("Redirect address")).toHaveValue(`${upstox.server}/callback`);
  await page.getByRole("button", { name: "Save and test" }).click();

  const signIn = page.getByRole("link", { name: "Sign in with Upstox" });
  await signIn.click();
  await page.getByRole("button", { name: /approve|allow|yes/i }).first().click();
  // The secret was wrong: said in words, with what to do.
  await expect(page.getByText("The sign-in was not finished")).toBeVisible();
  await expect(page.getByText(/knows no app with this API key and this secret/)).toBeVisible();
  await page.screenshot({ path: "test-results/screenshots/sign-in-refused.png", fullPage: true });

  await page.getByText("Change the app").click();
  await expect(page.getByText("One is stored, ending in 5512")).toBeVisible();
  await page.getByText("How an app is registered at Upstox").click();
  await expect(page.getByRole("link", { name: "account.upstox.com/developer/apps" })).toBeVisible();
  await page.getByLabel("API secret").fill("planted-secret");
  await page.getByRole("button", { name: "Save and test" }).click();
  await expect(page.getByText(/says nothing against the API key/)).toBeVisible();
  await signIn.click();
  await page.getByRole("button", { name: /approve|allow|yes/i }).first().click();
  await expect(page).toHaveURL(`${upstox.server}/collect`);
  await alive(page);
  await expect(page.getByRole("link", { name: /Signed in/ })).toBeVisible();
  expect(await page.content()).not.toContain("planted-secret");

  await page.goto(`${upstox.server}/signin`);
  await alive(page);
  await expect(page.getByRole("heading", { name: "Signed in as Simulated Trader" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(signIn).toBeVisible();
});

test("a redirect address that leads elsewhere is said before, and its return is pasted", async ({ page, upstox, context }) => {
  const app = { api_key: "planted-key-5512", api_secret: "planted-secret", redirect_uri: "http://localhost:9/back" };
  await page.request.put(`${upstox.server}/api/v1/session/app`, { data: app });
  await page.goto(`${upstox.server}/signin?next=%2Fjobs`);
  await alive(page);
  await expect(page.getByText("Upstox will send the browser to http://localhost:9/back")).toBeVisible();
  await page.screenshot({ path: "test-results/screenshots/sign-in-elsewhere.png", fullPage: true });
  const [tab] = await Promise.all([context.waitForEvent("page"), page.getByRole("link", { name: "Open the sign-in of Upstox" }).click()]);
  let ended = "";
  tab.on("request", (request) => {
    if (request.url().startsWith("http://localhost:9/")) ended = request.url();
  });
  await tab.getByRole("button", { name: /approve|allow|yes/i }).first().click();
  await expect.poll(() => ended).toContain("code=");
  await tab.close();
  const paste = page.getByLabel("Paste the address that it ended at, within ten minutes:");
  await paste.fill("http://localhost:9/back");
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await expect(page.getByText("not the address that Upstox sent the browser to")).toBeVisible();
  await paste.fill(ended);
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await expect(page).toHaveURL(`${upstox.server}/jobs`);
});
