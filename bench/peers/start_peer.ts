/**
 * The peers that there are. Each is a process of its own: what one leaves to its garbage collector, none of the others
 * pays for.
 *
 * @module
 */

import { SQUARES, WORKERS } from "../work.ts";
import { DurableRedis, PORT_VARIABLE, requireRedis } from "./redis.ts";
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
    return await startBullmq(name);
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

/** BullMQ on a Redis that writes what it acknowledges to the disk, in this folder; null where there is none. */
export async function startDurablePeer(folder: string, stack: AsyncDisposableStack): Promise<PeerProcess | null> {
  try {
    const redis = stack.use(await DurableRedis.start(folder));
    return stack.use(await startBullmq("BullMQ", { [PORT_VARIABLE]: String(redis.port) }));
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    console.error(`BullMQ on a durable Redis is not measured: ${error.message}`);
    return null;
  }
}

/** Without this package's configuration and lock file: who has no Redis need not fetch all that BullMQ may need. */
function startBullmq(name: string, env: Record<string, string> = {}): Promise<PeerProcess> {
  return startDeno(name, "./bullmq_queue.ts", ["--no-config", "--no-lock"], env);
}

function startDeno(
  name: string,
  script: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<PeerProcess> {
  return PeerProcess.start(name, Deno.execPath(), ["run", "-A", "--quiet", ...flags, pathOf(script)], env);
}

function pathOf(file: string): string {
  return new URL(file, import.meta.url).pathname;
}
