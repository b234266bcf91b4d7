// A few expiries of Nifty as somebody has collected them: what figures and pictures are taken of.
import type { APIRequestContext } from "@playwright/test";
import { completed, order, signInByRest } from "./job";
import type { Server } from "./server";

/** The newest first; the first one is a monthly expiry with a future of three months. */
export const EXPIRIES = ["2025-08-28", "2025-08-21", "2025-08-14"];
/** Within the broker's limits, which the simulated market has too. */
const COLLECT_MS_MAX = 600_000;

export async function collectMarket(request: APIRequestContext, server: Server): Promise<void> {
  await signInByRest(request, server);
  const job = await order(request, server, { underlyings: ["NIFTY"], expiries: { dates: EXPIRIES }, days: 90, with_underlying: true });
  await completed(request, server, job, COLLECT_MS_MAX);
}

/** The contracts of an expiry, of a kind, as REST lists them. */
export async function contracts(request: APIRequestContext, server: Server, expiry: string, type: "options" | "futures") {
  const answer = await request.get(`${server.url}/api/v1/contracts?underlying=NIFTY&expiry=${expiry}&type=${type}`);
  return (await answer.json()).contracts as { expired_key: string; strike: number | null; kind: string }[];
}
