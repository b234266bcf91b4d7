// Starts the real executable in the simulated market, on a free port and with a data directory of its own,
// and ends it. It waits for /healthz, never for a fixed time.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 5_000;
const POLL_MS = 50;

export type Server = {
  url: string;
  dataDir: string;
  log: () => string;
  /** Ends it as a person would; the database is folded into its file and stays until `stop`. */
  close: () => Promise<void>;
  /** Ends it as a power cut would. */
  kill: () => Promise<void>;
  /** Starts it again at the same address with the same data. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
};

export async function startServer(...extra: string[]): Promise<Server> {
  const binary = process.env.EXPIRYTRACK_BINARY ?? resolve(__dirname, "../../target/debug/expirytrack");
  const dataDir = mkdtempSync(join(tmpdir(), "expirytrack-e2e-"));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const words = ["serve", "--simulated", "--addr", address, "--data-dir", dataDir, ...extra];
  let log = "";
  let child: ChildProcess | undefined;

  const close = async () => child && end(child, "SIGTERM");
  const kill = async () => child && end(child, "SIGKILL");
  const stop = async () => {
    await close();
    for (const dir of [dataDir, `${dataDir}-upstox`]) rmSync(dir, { recursive: true, force: true });
  };
  const start = async () => {
    const started = spawn(binary, words, { stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    started.stdout.on("data", (chunk) => (log += chunk));
    started.stderr.on("data", (chunk) => (log += chunk));
    let failure: Error | undefined;
    started.on("error", (error) => (failure = error));
    const ended = () => failure ?? (started.exitCode === null ? undefined : new Error(`it ended with ${started.exitCode}`));
    try {
      await healthy(url, ended);
    } catch (error) {
      await stop();
      throw new Error(`${binary} does not serve: ${error}\n${log}`);
    }
  };
  await start();
  return { url, dataDir, log: () => log, close, kill, start, stop };
}

async function healthy(url: string, ended: () => Error | undefined) {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    const reason = ended();
    if (reason) throw reason;
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`no answer from ${url}/healthz within ${START_MS_MAX} ms`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(killer);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
