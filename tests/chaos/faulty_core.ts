/**
 * Takes the place of `store/sqlite/worker_core.ts` in servers of the kill matrix, by their import map: nothing of a
 * server that runs for real leads here. Fails as a file says that lies beside the store's.
 *
 * @module
 */

import type { Reply } from "../../store/sqlite/changes.ts";
import type { Faults, Point } from "../../store/sqlite/faults.ts";
import { WorkerCore as Core } from "../../store/sqlite/worker_core.ts";

/** What is to happen, and where; as JSON in `STORE-fault`. */
export interface CommitFault {
  readonly point: Point;
  /** `tear`: dies, having cut off some of what nobody was told of. `fail`: as if SQLite had failed with this code. */
  readonly what: "kill" | "tear" | "fail";
  readonly code?: number;
  /** The disk is so slow first: what is said too early is said by then. */
  readonly stallMs?: number;
  /** From 0 up to, not including, 1: where in that it is cut. */
  readonly share?: number;
}

const path = (globalThis as unknown as { name: string }).name.replace(/^store /, "");
const stalled = new Int32Array(new SharedArrayBuffer(4));

function readFault(): CommitFault | null {
  try {
    return JSON.parse(Deno.readTextFileSync(`${path}-fault`));
  } catch {
    return null;
  }
}

const logSize = () => Deno.statSync(`${path}-wal`).size;

/** How long the log was when the server was told last that something is in it. */
let told = 0;

const faults: Faults = (point) => {
  const fault = readFault();
  if (fault?.point === point) {
    if (fault.stallMs) Atomics.wait(stalled, 0, 0, fault.stallMs);
    if (fault.what === "fail") {
      throw Object.assign(new Error(`made to fail ${point}`), { code: "ERR_SQLITE_ERROR", errcode: fault.code });
    }
    // The log may have begun anew; then what is behind this place is old.
    if (fault.what === "tear" && told > 0 && logSize() > told) {
      Deno.truncateSync(`${path}-wal`, told + Math.floor(fault.share! * (logSize() - told)));
    }
    Deno.kill(Deno.pid, "SIGKILL");
    Atomics.wait(stalled, 0, 0);
  }
  if (point === "after commit") told = logSize();
};

/** The thread's core, with faults. */
export class WorkerCore extends Core {
  constructor(send: (reply: Reply, transfer: Transferable[]) => void) {
    super(send, faults);
  }
}
