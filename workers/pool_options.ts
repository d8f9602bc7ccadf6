/**
 * Options of pools.
 *
 * @module
 */

import { requireBufferedBytes } from "../core/byte_room.ts";
import { requireSignal } from "../core/call_limits.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireMs, requireWhole, requireWholeOr } from "../core/require_number.ts";
import type { PersistentWorker } from "./persistent_worker.ts";
import {
  type CommonWorkerOptions,
  type PersistentWorkerOptions,
  requireCallOptions,
  requireKind,
  type WorkerKind,
} from "./worker_options.ts";

/** Any worker of a pool. */
// deno-lint-ignore no-explicit-any
export type PoolWorker = PersistentWorker<any[], any>;

/**
 * Options of a {@linkcode Pool}. `onResult` and `onError` are part of the run: what they throw, or reject with, ends it
 * with that. The callbacks of workers are not: what they throw is a warning on the console and harms nothing else.
 */
export interface PoolOptions<Item = unknown, Result = unknown> {
  /** What it is called. @default {"Pool"} */
  name?: string;
  /** Arguments behind the item. See `PersistentWorkerOptions.args`: the first stands for the item. @default {none} */
  args?: unknown[];
  /** Start workers again that died in a run, or before it. @default {true} */
  restart?: boolean;
  /** How many workers may die of one item, with no other to blame, before it is given up. @default {3} */
  maxAttempts?: number;
  /** Items that a worker has at once. `"auto"`: as many as it does in about 4 ms. @default {"auto"} */
  inFlight?: number | "auto";
  /**
   * Longest time in milliseconds that a worker may be at an item, which then fails with `TaskTimeout`. See
   * {@linkcode PersistentWorkerOptions}. @default {no limit, but a worker that does not come back within a second from
   * an item of a run that was ended is started anew where another run waits}
   */
  itemTimeoutMs?: number;
  /** How many items each worker is at, at once: while one waits, others go on. @default {1} */
  concurrency?: number;
  /** Workers that the pool makes by itself, with the first run or {@linkcode Pool.start}, and keeps. @default {0} */
  min?: number;
  /** So many workers the pool makes by itself at most, one whenever an item waits and none is free. @default {`min`} */
  max?: number;
  /** Beyond `min` a worker that the pool has made is ended when it had nothing to do for so long. @default {60000} */
  idleMs?: number;
  /** Kind of the workers that the pool makes by itself. @default {"process"} */
  kind?: WorkerKind;
  /** Options of the workers that the pool makes by itself. @default {none} */
  worker?: PoolWorkerOptions;
  /** A worker is there, or is there again. */
  onWorkerStart?(worker: PoolWorker): void;
  /** An item is done. */
  onResult?(result: Result, item: Item, worker: PoolWorker): void;
  /** An item failed. */
  onError?(error: unknown, item: Item, worker: PoolWorker): void;
  /** A worker is dead, with what ended it; null when it was closed. */
  onWorkerDeath?(worker: PoolWorker, error: Error | null): void;
}

/** Options of {@linkcode Pool.addWorker}. */
export type PoolWorkerOptions = Partial<Omit<CommonWorkerOptions, "kind">> & {
  /** Called by this worker, in place of the pool's. @default {the pool's} */
  target?: PersistentWorkerOptions<never[]>["target"];
  /** See `PersistentWorkerOptions.args`. @default {the pool's} */
  args?: unknown[];
  /** See {@linkcode PersistentWorkerOptions}. @default {the pool's} */
  itemTimeoutMs?: number;
  /** See {@linkcode PersistentWorkerOptions}. @default {the pool's} */
  concurrency?: number;
};

/** Options of {@linkcode Pool.run} and {@linkcode Pool.stream}. */
export interface PoolRunOptions {
  /** In the order of the items; else as they come. @default {true} */
  ordered?: boolean;
  /** Give how each item ended, as `Promise.allSettled` does, instead of raising the first failure. @default {false} */
  settled?: boolean;
  /**
   * Of a stream: how many bytes of results may wait for a reader that is slow, about as they were sent; one may, however
   * large it is. Items are not pulled meanwhile. @default {16 MiB}
   */
  maxBufferedBytes?: number;
  /** Ends the run with its reason. */
  signal?: AbortSignal;
}

/** Options of {@linkcode Pool.close}. */
export interface PoolCloseOptions {
  /** How long workers may take for what they have, in milliseconds. @default {5000} */
  timeoutMs?: number;
  /** After that, end them as `Worker.terminate` does. @default {true} */
  force?: boolean;
}

const KNOWN: readonly (keyof PoolOptions)[] = [
  "name",
  "args",
  "restart",
  "maxAttempts",
  "inFlight",
  "itemTimeoutMs",
  "concurrency",
  "min",
  "max",
  "idleMs",
  "kind",
  "worker",
  "onWorkerStart",
  "onResult",
  "onError",
  "onWorkerDeath",
];

const KNOWN_OF_RUNS: readonly (keyof PoolRunOptions)[] = ["ordered", "settled", "signal", "maxBufferedBytes"];

/** @throws {TypeError} for an option that is none, or of the wrong type. @throws {RangeError} for one out of range. */
export function requirePoolOptions(options: PoolOptions): void {
  requireKnown(options, KNOWN, "pool option");
  const { maxAttempts, inFlight } = options;
  requireWhole("maxAttempts", maxAttempts);
  requireWholeOr("auto", "inFlight", inFlight);
  requireCallOptions(options);
  const { min = 0, max, idleMs, kind } = options;
  requireWhole("min", min, 0);
  requireWhole("max", max, Math.max(1, min));
  if (kind !== undefined) requireKind(kind);
  requireMs("idleMs", idleMs);
}

/** @throws {TypeError} for an option of a run that is none, or of the wrong type. */
export function requireRunOptions(options: PoolRunOptions): void {
  requireKnown(options, KNOWN_OF_RUNS);
  requireBufferedBytes(options.maxBufferedBytes);
  requireSignal(options.signal);
}
