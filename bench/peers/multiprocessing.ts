/**
 * multiprocessing.Pool of Python's standard library.
 *
 * @module
 */

import { WORKERS } from "../with_client.ts";
import { type Peer, SQUARES } from "./peer.ts";
import { PeerProcess } from "./peer_process.ts";

/** Starts a pool. */
export function startMultiprocessing(): Promise<Peer> {
  const script = new URL("./multiprocessing_pool.py", import.meta.url).pathname;
  return PeerProcess.start("multiprocessing.Pool", "python3", [script, String(WORKERS), String(SQUARES)]);
}
