/**
 * Checks of options, at the door.
 *
 * @module
 */

import { parseChunkSize, requireProgress } from "../procedures/task_options.ts";
import { requireCallLimits } from "../core/call_limits.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireWhole } from "../core/require_number.ts";
import { DEFAULT_SIZE, type ExecuteOptions, type QueueOptions, type QueueWaitOptions } from "./task_dispatcher.ts";
import type { WaitLimits } from "./wait_line.ts";

/** Options of `execute`, with their defaults. */
export type ParsedExecuteOptions =
  & Required<Omit<ExecuteOptions, "timeoutMs" | "signal" | "chunkSize">>
  & Pick<ExecuteOptions, "timeoutMs" | "signal">
  & {
    /** Null for `"auto"`. */
    chunkSize: number | null;
  };

/**
 * Checks what `execute` was given.
 *
 * @throws {TypeError} for an unknown option, one of the wrong type, and tasks that are no iterable.
 * @throws {RangeError} for a value out of range.
 */
export function parseExecuteOptions(tasks: unknown, options: ExecuteOptions): ParsedExecuteOptions {
  requireKnown(options, ["ordered", "chunkSize", "timeoutMs", "queueSize", "signal", "progress"]);
  const isIterable = typeof tasks === "object" && tasks !== null &&
    (Symbol.asyncIterator in tasks || Symbol.iterator in tasks);
  if (!isIterable) throw new TypeError(`Cannot execute ${describe(tasks)}: give an iterable of tasks`);
  const { ordered = false, queueSize = DEFAULT_SIZE, timeoutMs, signal } = options;
  if (typeof ordered !== "boolean") throw new TypeError("Cannot use ordered: it must be true or false");
  const chunkSize = options.chunkSize === undefined ? 1 : parseChunkSize(options.chunkSize);
  requireWhole("queueSize", queueSize);
  requireCallLimits(options);
  const progress = requireProgress(options.progress);
  return { ordered, chunkSize, queueSize, timeoutMs, signal, progress };
}

/** Checks the options of `makeQueue`; throws as {@linkcode parseExecuteOptions}. */
export function parseQueueOptions(options: QueueOptions): Required<QueueOptions> {
  requireKnown(options, ["size"]);
  const { size = DEFAULT_SIZE } = options;
  requireWhole("size", size);
  return { size };
}

/** Checks the options of a push or pop; throws as {@linkcode parseExecuteOptions}, and the reason of an aborted signal. */
export function parseWait(options: QueueWaitOptions | undefined): WaitLimits {
  if (options === undefined) return NO_LIMITS;
  requireKnown(options, ["timeoutMs", "signal"]);
  const { timeoutMs, signal } = options;
  requireCallLimits(options);
  signal?.throwIfAborted();
  return { timeoutMs, signal };
}

const NO_LIMITS: WaitLimits = {};

/** The size of a dispatcher; throws as {@linkcode parseExecuteOptions}. */
export function parseSize(size: number | undefined): number {
  if (size === undefined) return DEFAULT_SIZE;
  requireWhole("size", size);
  return size;
}

function describe(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}
