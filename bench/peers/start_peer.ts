/**
 * The peers that there are. Each is a process of its own: what one leaves to its garbage collector, none of the others
 * pays for.
 *
 * @module
 */

import { SQUARES, WORKERS } from "../work.ts";
import { requireRedis } from "./redis.ts";
import { PeerMissing, PeerProcess } from "./peer_process.ts";

/** What they are called. */
export type PeerName = "Piscina" | "workerpool" | "multiprocessing.Pool" | "BullMQ";

const STARTS: Record<PeerName, (name: PeerName) => Promise<PeerProcess>> = {
  Piscina: (name) => startDeno(name, "./piscina_pool.ts"),
  workerpool: (name) => startDeno(name, "./workerpool_pool.ts"),
  "multiprocessing.Pool": (name) =>
    PeerProcess.start(name, "python3", [pathOf("./multiprocessing_pool.py"), String(WORKERS), String(SQUARES)]),
  BullMQ: async (name) => {
    await requireRedis();
    // Without this package's configuration and lock file: who has no Redis need not fetch all that BullMQ may need.
    return await startDeno(name, "./bullmq_queue.ts", ["--no-config", "--no-lock"]);
  },
};

/** All of them. */
export const PEERS = Object.keys(STARTS) as PeerName[];

/** Starts one; says why, and gives null, when it is not on this machine. */
export async function startPeer(name: PeerName): Promise<PeerProcess | null> {
  try {
    return await STARTS[name](name);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    console.error(`${name} is not measured: ${error.message}`);
    return null;
  }
}

function startDeno(name: string, script: string, flags: readonly string[] = []): Promise<PeerProcess> {
  return PeerProcess.start(name, Deno.execPath(), ["run", "-A", "--quiet", ...flags, pathOf(script)]);
}

function pathOf(file: string): string {
  return new URL(file, import.meta.url).pathname;
}
