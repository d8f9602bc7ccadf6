/**
 * The Redis that BullMQ needs.
 *
 * @module
 */

import { PeerMissing } from "./peer_process.ts";

/** Where one is looked for. */
export const REDIS = { hostname: "127.0.0.1", port: 6379 };

/** Throws when none answers. */
export async function requireRedis(): Promise<void> {
  if (!await answers()) throw new PeerMissing(`no Redis answers on ${REDIS.hostname}:${REDIS.port}`);
}

async function answers(): Promise<boolean> {
  try {
    using conn = await Deno.connect(REDIS);
    await conn.write(new TextEncoder().encode("PING\r\n"));
    const answer = new Uint8Array(64);
    const count = await conn.read(answer);
    return new TextDecoder().decode(answer.subarray(0, count ?? 0)).startsWith("+PONG");
  } catch {
    return false;
  }
}
