/**
 * Checks of task options, at the door.
 *
 * @module
 */

import { parsePermissions } from "../core/permissions.ts";
import { requireSignal } from "../core/call_limits.ts";
import { OptionRangeError, OptionTypeError } from "../core/option_error.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireMsAboveZero, requireNumber, requireWholeOr } from "../core/require_number.ts";
import { showValue } from "../core/show_value.ts";
import { requireLimit } from "./limit_options.ts";
import { requireRetry } from "./retry_options.ts";
import type { TaskOptions } from "./task.ts";
import { requireUnique } from "./unique_options.ts";

/** Highest and lowest priority. */
const MAX_PRIORITY = 1000;

const KNOWN: readonly (keyof TaskOptions)[] = [
  "permissions",
  "timeoutMs",
  "isolation",
  "memoryMb",
  "priority",
  "name",
  "signal",
  "startBeforeMs",
  "delayMs",
  "retry",
  "limit",
  "unique",
  "durable",
  "onServerLoss",
  "whenFull",
  "needFollowup",
];

/**
 * Checks task options.
 *
 * @throws {TypeError} for an unknown option or one of the wrong type.
 * @throws {RangeError} for a value out of range.
 */
export function requireTaskOptions(options: TaskOptions): void {
  requireKnown(options, KNOWN, "task option");
  const { permissions, timeoutMs, startBeforeMs, delayMs, isolation, memoryMb, priority, name, signal, whenFull } =
    options;
  if (permissions !== undefined) parsePermissions(permissions);
  requireMsAboveZero("timeoutMs", timeoutMs);
  requireMsAboveZero("startBeforeMs", startBeforeMs);
  requireNumber("delayMs", delayMs, (ms) => ms >= 0 && ms < Infinity, "a number of milliseconds from 0 that is finite");
  requireTimeToBegin(options);
  requireRetry(options.retry);
  requireLimit(options.limit);
  requireUnique(options.unique);
  requireDurability(options);
  requireNumber("memoryMb", memoryMb, (mb) => Number.isInteger(mb) && mb >= 16, "a whole number of MiB from 16");
  requireNumber(
    "priority",
    priority,
    (p) => Number.isInteger(p) && Math.abs(p) <= MAX_PRIORITY,
    `a whole number within ±${MAX_PRIORITY}`,
  );
  if (isolation !== undefined && isolation !== "task" && isolation !== "module") {
    const value = JSON.stringify(isolation);
    throw new RangeError(`Cannot use isolation: it must be "task" or "module": current value is ${value}`);
  }
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new TypeError("Cannot use name: it must be a text that is not empty");
  }
  requireSignal(signal);
  if (whenFull !== undefined && whenFull !== "wait" && whenFull !== "refuse") {
    throw new RangeError(
      `Cannot use whenFull: it must be "wait" or "refuse": current value is ${JSON.stringify(whenFull)}`,
    );
  }
}

function requireDurability({ durable, onServerLoss }: TaskOptions): void {
  if (durable !== undefined && typeof durable !== "boolean") {
    throw new OptionTypeError("durable", `it must be true or false: current value is ${showValue(durable)}`);
  }
  if (onServerLoss === undefined || onServerLoss === "rerun" || onServerLoss === "fail") return;
  throw new OptionRangeError(
    "onServerLoss",
    `it must be "rerun" or "fail": current value is ${showValue(onServerLoss)}`,
  );
}

/**
 * Checks options that are for what is submitted and lives on.
 *
 * @throws {RangeError} for a task that its caller awaits.
 */
export function requireNotDurable({ durable, onServerLoss }: TaskOptions): void {
  const option = durable === true ? "durable" : onServerLoss === "fail" ? "onServerLoss" : null;
  if (option === null) return;
  throw new OptionRangeError(
    option,
    "it is for tasks that are submitted: a run, a map and a queue hold the arguments, and submit them again by themselves",
  );
}

/**
 * Checks options that belong together; those of a task may come from several places.
 *
 * @throws {RangeError} for a task that would be given up before it may begin.
 */
export function requireTimeToBegin({ startBeforeMs = Infinity, delayMs = 0 }: TaskOptions): void {
  if (startBeforeMs > delayMs) return;
  throw new OptionRangeError(
    "startBeforeMs",
    `it must be more than delayMs, which is ${delayMs}, for both count from the submission: current value is ${startBeforeMs}`,
  );
}

/**
 * Checks a chunk size and gives what the server is told of it: null for `"auto"`.
 *
 * @throws {TypeError} when it is neither a number nor a text.
 * @throws {RangeError} when it is not a positive whole number or `"auto"`.
 */
export function parseChunkSize(chunkSize: unknown): number | null {
  requireWholeOr("auto", "chunkSize", chunkSize);
  return typeof chunkSize === "number" ? chunkSize : null;
}

/**
 * Checks whether progress is to be shown.
 *
 * @throws {TypeError} when it is neither true nor false.
 */
export function requireProgress(progress: unknown): boolean {
  if (progress === undefined || typeof progress === "boolean") return progress ?? false;
  throw new TypeError(`Cannot use progress: it must be true or false: current value is ${JSON.stringify(progress)}`);
}
