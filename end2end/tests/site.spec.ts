// What the server sends before any of our code runs: addresses, types, compression, caching, headers.
import { createHash } from "node:crypto";
import { get } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { alive, expect, test } from "../support/test";

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Without a client that hides encodings or tidies paths. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    }).on("error", reject);
  });
}

async function wasmAddress(url: string): Promise<string> {
  const { body } = await ask(url, "/");
  const address = /href="(\/[^"]+\.wasm)"/.exec(body.toString())?.[1];
  expect(address, "the document names the WASM by a root-relative address").toBeDefined();
  return address ?? "";
}

test("the document names the WASM, and that is compressed, typed and kept for ever", async ({ server }) => {
  const address = await wasmAddress(server.url);
  const plain = await ask(server.url, address);
  const brotli = await ask(server.url, address, { "accept-encoding": "gzip, deflate, br" });
  const gzip = await ask(server.url, address, { "accept-encoding": "gzip, br;q=0" });
  for (const answer of [plain, brotli, gzip]) {
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/wasm");
    expect(answer.headers["cache-control"]).toContain("immutable");
    expect(answer.headers.vary).toContain("accept-encoding");
  }
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(brotli.headers["content-encoding"]).toBe("br");
  expect(gzip.headers["content-encoding"]).toBe("gzip");
  expect(brotli.body.length).toBeLessThan(gzip.body.length);
});

test("an entity tag saves the second transfer, and HEAD sends no body", async ({ server }) => {
  const first = await ask(server.url, "/favicon.svg");
  expect(first.headers["content-type"]).toBe("image/svg+xml");
  const second = await ask(server.url, "/favicon.svg", { "if-none-match": first.headers.etag ?? "" });
  expect(second.status).toBe(304);
  expect(second.body.length).toBe(0);
  const head = await ask(server.url, "/favicon.svg", {}, "HEAD");
  expect([head.status, head.body.length]).toEqual([200, 0]);
  expect(head.headers["content-length"]).toBe(String(first.body.length));
});

test("the document lets only its own scripts run", async ({ server }) => {
  const { headers, body } = await ask(server.url, "/");
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  const scriptSources = policy.split(";").find((part) => part.trim().startsWith("script-src"));
  expect(policy).not.toContain("unsafe-inline");
  const scripts = [...body.toString().matchAll(/<script( type="module")?>(.*?)<\/script>/gs)];
  expect(scripts.length).toBe(2);
  for (const [, , text] of scripts) {
    const hash = createHash("sha256").update(text).digest("base64");
    expect(scriptSources).toContain(`'sha256-${hash}'`);
  }
});

test("hundreds of documents at once are whole, each with its page's first answers", async ({ server }) => {
  const paths = ["/", "/collect", "/jobs", "/browse", "/browse/NSE_INDEX%7CNifty%2050", "/schedules", "/notices",
    "/settings", "/settings/limits", "/settings/about", "/status", "/signin"];
  const loads = Array.from({ length: 400 }, (_, load) => paths[load % paths.length]);
  for (let begin = 0; begin < loads.length; begin += 8) {
    const answers = await Promise.all(loads.slice(begin, begin + 8).map((path) => ask(server.url, path)));
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200);
      expect(body.length).toBe(Number(headers["content-length"]));
      const answered = /id="first-answers">(.*?)<\/script>/s.exec(body.toString())?.[1] ?? "";
      expect(Array.isArray(JSON.parse(answered))).toBe(true);
    }
  }
});

test("what no address names answers 404, and a page says so", async ({ server, page, complaints }) => {
  const missing = ["/nothing", "/jobs/999999", "/jobs/abc", "/browse/nobody", "/browse/NSE_INDEX%7CNifty%2050/2025-08-29",
    "/browse/NSE_INDEX%7CNifty%2050/yesterday", "/browse/NSE_INDEX%7CNifty%2050/2025-08-28/NSE_FO%7C1%7C28-08-2025",
    "/chain?underlying=NOPE", "/analysis?underlying=NOPE", "/strategy?underlying=NOPE", "/coverage?underlying=NOPE",
    "/coverage?underlying=NIFTY&expiry=2025-08-29"];
  for (const path of missing) {
    expect((await ask(server.url, path)).status, path).toBe(404);
    await page.goto(path);
    await alive(page);
    await expect(page.locator("main")).toContainText(/no page|no job|nobody|no index|nothing expired|no expiry|no contract|nothing of|not a date/i);
  }
  complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !/404|400/.test(complaint)));
});

test("no address leads out of the site", async ({ server }) => {
  const paths = [
    "/pkg/../manifest.json",
    "/pkg/%2e%2e/manifest.json",
    "/pkg/..%2f..%2fCargo.toml",
    "/pkg//etc/passwd",
    "/pkg/expirytrack.wasm.br",
    "/manifest.json",
  ];
  for (const path of paths) expect((await ask(server.url, path)).status, path).toBe(404);
});

test("the licences of what is shipped are there", async ({ server }) => {
  const { status, body } = await ask(server.url, "/pkg/LICENSES.txt");
  expect(status).toBe(200);
  for (const name of ["lightweight-charts", "fancy-canvas", "tailwindcss", "daisyui"]) {
    expect(body.toString()).toContain(name);
  }
});
