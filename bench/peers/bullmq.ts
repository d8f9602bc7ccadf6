/**
 * BullMQ, when a Redis answers on loopback.
 *
 * @module
 */

import { WORKERS } from "../with_client.ts";
import { type Peer, PeerMissing, SQUARES } from "./peer.ts";
import { PeerProcess } from "./peer_process.ts";

const REDIS = { hostname: "127.0.0.1", port: 6379 };

/**
 * Starts a queue and its workers. In processes of their own, without this package's configuration and lock file: who has
 * no Redis need not fetch BullMQ and all that it may be used with.
 */
export async function startBullmq(): Promise<Peer> {
  if (!await redisAnswers()) throw new PeerMissing(`no Redis answers on ${REDIS.hostname}:${REDIS.port}`);
  const script = new URL("./bullmq_queue.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-config", "--no-lock", "--quiet", script];
  return await PeerProcess.start("BullMQ", Deno.execPath(), [...args, String(WORKERS), String(SQUARES)]);
}

async function redisAnswers(): Promise<boolean> {
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
