/**
 * The checks of numbers among options, at the door; an option that is not given passes.
 *
 * @module
 */

import { showValue } from "./show_value.ts";

/** @throws {RangeError} for what is no number of milliseconds. */
export function requireMs(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value >= 0)) return;
  throw new RangeError(
    `Cannot use ${name}: it must be a number of milliseconds from 0: current value is ${showValue(value)}`,
  );
}

/** @throws {RangeError} for what is no whole number from `least`. */
export function requireWhole(name: string, value: unknown, least = 1): void {
  if (value === undefined || (Number.isInteger(value) && value as number >= least)) return;
  throw new RangeError(
    `Cannot use ${name}: it must be a whole number from ${least}: current value is ${showValue(value)}`,
  );
}
