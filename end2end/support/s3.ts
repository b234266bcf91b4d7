// A folder as a bucket that speaks S3, for reading alone, on loopback: it can be ended as a store goes away, and started again
// at the same address. It takes any key.
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { join, relative } from "node:path";

export type Bucket = {
  name: string;
  /** What programs that speak S3 are told in their environment. */
  environment: Record<string, string>;
  stop: () => Promise<void>;
  start: () => Promise<void>;
};

export async function serveBucket(folder: string): Promise<Bucket> {
  const name = "lake";
  let server: Server | undefined;
  let port = 0;
  const start = async () => {
    server = createServer((request, answer) => told(folder, name, request, answer)).listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    if (!server) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    server = undefined;
  };
  await start();
  const environment = {
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  };
  return { name, environment, start, stop };
}

function told(folder: string, bucket: string, request: IncomingMessage, answer: ServerResponse) {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://bucket");
  const key = decodeURIComponent(pathname).replace(`/${bucket}`, "").replace(/^\//, "");
  if (key === "") return answer.writeHead(200, { "Content-Type": "application/xml" }).end(listed(folder, searchParams));
  const file = join(folder, key);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) return answer.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  const bytes = readFileSync(file);
  const headers = { "Last-Modified": found.mtime.toUTCString(), ETag: `"${found.size}-${found.mtimeMs}"`, "Accept-Ranges": "bytes" };
  const range = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? "");
  if (request.method === "HEAD") return answer.writeHead(200, { ...headers, "Content-Length": bytes.length }).end();
  if (!range) return answer.writeHead(200, { ...headers, "Content-Length": bytes.length }).end(bytes);
  const from = Number(range[1]);
  const part = bytes.subarray(from, range[2] === undefined ? undefined : Number(range[2]) + 1);
  const place = `bytes ${from}-${from + part.length - 1}/${bytes.length}`;
  return answer.writeHead(206, { ...headers, "Content-Length": part.length, "Content-Range": place }).end(part);
}

/** All at once: nobody lists more than a thousand here. */
function listed(folder: string, query: URLSearchParams): string {
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const keys = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).filter((key) => key.startsWith(prefix));
  const folders = new Set<string>();
  const files = keys.filter((key) => {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    if (end >= 0) folders.add(key.slice(0, end + 1));
    return end < 0;
  });
  const content = (key: string) => {
    const { size, mtime } = statSync(join(folder, key));
    return `<Contents><Key>${key}</Key><LastModified>${mtime.toISOString()}</LastModified><ETag>"x"</ETag><Size>${size}</Size></Contents>`;
  };
  const prefixes = [...folders].map((of) => `<CommonPrefixes><Prefix>${of}</Prefix></CommonPrefixes>`);
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${files.map(content).join("")}${prefixes.join("")}</ListBucketResult>`;
}
