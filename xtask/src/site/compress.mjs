// Writes a brotli and a gzip twin beside each file of the site that is worth it: node compress.mjs FOLDER most|least.
// The server sends them as they are, so for what is handed out they are made as small as can be. An equal twin is
// left alone, with its time.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT = /\.(wasm|js|css|svg|txt|webmanifest)$/;
const BYTES_MIN = 512;
const EFFORT = process.argv[3] === "most" ? { brotli: 11, gzip: 9 } : { brotli: 2, gzip: 1 };

function writeIfDifferent(path, content) {
  let present;
  try {
    present = readFileSync(path);
  } catch {
    // Not there yet.
  }
  if (!present?.equals(content)) writeFileSync(path, content);
}

for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !WORTH_IT.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const content = readFileSync(path);
  if (content.length < BYTES_MIN) continue;
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: EFFORT.brotli, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  writeIfDifferent(`${path}.br`, brotli);
  writeIfDifferent(`${path}.gz`, gzipSync(content, { level: EFFORT.gzip }));
}
