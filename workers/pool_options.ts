/**
 * Options of pools.
 *
 * @module
 */

import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import type { PersistentWorker } from "./persistent_worker.ts";
import type { CommonWorkerOptions, PersistentWorkerOptions } from "./worker_options.ts";

/** Any worker of a pool. */
// deno-lint-ignore no-explicit-any
export type PoolWorker = PersistentWorker<any[], any>;

/** Options of a {@linkcode Pool}. What a callback throws ends the run with that. */
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
};

/** Options of {@linkcode Pool.run} and {@linkcode Pool.stream}. */
export interface PoolRunOptions {
  /** In the order of the items; else as they come. @default {true} */
  ordered?: boolean;
  /** Give how each item ended, as `Promise.allSettled` does, instead of raising the first failure. @default {false} */
  settled?: boolean;
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
  "onWorkerStart",
  "onResult",
  "onError",
  "onWorkerDeath",
];

const KNOWN_OF_RUNS: readonly (keyof PoolRunOptions)[] = ["ordered", "settled", "signal"];

/** @throws {TypeError} for an option that is none. @throws {RangeError} for one out of range. */
export function requirePoolOptions(options: PoolOptions): void {
  requireKnown(options, KNOWN, "pool option");
  const { maxAttempts, inFlight } = options;
  requireCount("maxAttempts", maxAttempts);
  if (inFlight !== "auto") requireCount("inFlight", inFlight);
}

/** @throws {TypeError} for an option of a run that is none, or of the wrong type. */
export function requireRunOptions(options: PoolRunOptions): void {
  requireKnown(options, KNOWN_OF_RUNS);
  if (options.signal === undefined || options.signal instanceof AbortSignal) return;
  throw new TypeError("Cannot use signal: it must be an AbortSignal");
}

function requireCount(name: string, value: unknown): void {
  if (value === undefined || (Number.isInteger(value) && value as number >= 1)) return;
  throw new RangeError(`Cannot use ${name}: it must be a whole number from 1: current value is ${showValue(value)}`);
}
