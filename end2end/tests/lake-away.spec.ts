// A lake in S3 that goes away while pages read an archived expiry of it: each says so in a sentence, and goes on where it was
// when the lake is back.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { completed, forgive, order, signInByRest } from "../support/job";
import { type Bucket, serveBucket } from "../support/s3";
import { type Server, startServer } from "../support/server";
import { alive, expect, test as base } from "../support/test";

const EXPIRY = "2025-08-28";
const AT = `${EXPIRY}T11:00`;

const test = base.extend<{ folder: string; bucket: Bucket; own: Server }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "expirytrack-bucket-"));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  bucket: async ({ folder }, use) => {
    const bucket = await serveBucket(folder);
    await use(bucket);
    await bucket.stop();
  },
  own: async ({ bucket, page }, use) => {
    Object.assign(process.env, bucket.environment);
    const server = await startServer();
    await use(server);
    await page.close();
    await server.stop();
    Object.keys(bucket.environment).forEach((name) => delete process.env[name]);
  },
});

/** Published into the folder, left to it alone, and read from the bucket from then on. */
async function archived(request: APIRequestContext, own: Server, folder: string, bucket: Bucket) {
  const post = async (path: string, data: object) => {
    const answer = await request.post(`${own.url}/api/v1/${path}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  const settled = async () => {
    await expect.poll(async () => (await (await request.get(`${own.url}/api/v1/storage/work`)).json()).under_way).toBeNull();
    expect((await (await request.get(`${own.url}/api/v1/storage/work`)).json()).last.problem).toBeNull();
  };
  await signInByRest(request, own);
  await completed(request, own, await order(request, own, { underlyings: ["NIFTY"], expiries: { dates: [EXPIRY] } }));
  const expiry = { underlying: "NIFTY", expiries: { dates: [EXPIRY] } };
  await post("lake/publish", { ...expiry, to: folder, days: 2 });
  await settled();
  const { token } = await post("lake/prune/preview", expiry);
  await post("lake/prune", { order: expiry, token });
  await settled();
  await post("lake/move", { to: `s3://${bucket.name}` });
  await settled();
  const { archived } = await (await request.get(`${own.url}/api/v1/lake/archived`)).json();
  expect(archived[0].file).toContain(`s3://${bucket.name}/candles/`);
}

test.setTimeout(180_000);

test("pages over a lake that is away say so, and go on when it is back", async ({ page, request, own, folder, bucket, complaints }) => {
  await archived(request, own, folder, bucket);
  const { contracts } = await (await request.get(`${own.url}/api/v1/stored/contracts?underlying=NIFTY&expiry=${EXPIRY}&type=options`)).json();
  // One that was traded.
  const { contract } = contracts.reduce((most: { candles: number }, of: { candles: number }) => (of.candles > most.candles ? of : most));
  const key = encodeURIComponent(contract.expired_key);
  const underlying = "NSE_INDEX%7CNifty%2050";
  const away = /cannot be reached just now/;
  for (const [address, whole] of [
    [`/browse/${underlying}/${EXPIRY}/${key}`, () => page.getByRole("group", { name: /^Chart of/ })],
    [`/chain?underlying=${underlying}&expiry=${EXPIRY}&at=${AT}`, () => page.getByRole("table").first()],
    [`/analysis?underlying=${underlying}&expiry=${EXPIRY}&at=${AT}`, () => page.getByRole("img").first()],
  ] as const) {
    await bucket.stop();
    // What was read before is in the memory of the server.
    await own.close();
    await own.start();
    await page.goto(`${own.url}${address}`);
    await alive(page);
    await expect(page.getByRole("alert").filter({ hasText: away }).first(), address).toBeVisible();
    await bucket.start();
    for (const button of await page.getByRole("button", { name: "Try again" }).all()) await button.click();
    await expect(page.getByText(away), address).toHaveCount(0);
    await expect(whole(), address).toBeVisible();
  }
  // The page asks of a store that is away, and its server says so; the page before still asks while the server starts anew.
  forgive(complaints, /^503: /, /^500: /, /status of 50[03]/, /ERR_CONNECTION_REFUSED/);
});
