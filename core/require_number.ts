/**
 * The checks of numbers among options, at the door; an option that is not given passes. One rule for all: what is of
 * another type is a TypeError, a number that is out of range, `NaN` among them, a RangeError.
 *
 * @module
 */

import { type OptionError, OptionRangeError, OptionTypeError } from "./option_error.ts";
import { showValue } from "./show_value.ts";

/**
 * The refusal of a value that is to be a number, and is none that can be used. Where a word may stand in its place,
 * another text is out of range too.
 */
export function numberRefusal(option: string, must: string, value: unknown, mayBeWord = false): OptionError {
  const why = `it must be ${must}: current value is ${showValue(value)}`;
  const isOfType = typeof value === "number" || (mayBeWord && typeof value === "string");
  return isOfType ? new OptionRangeError(option, why) : new OptionTypeError(option, why);
}

/** @throws {TypeError} for what is no number. @throws {RangeError} for one that does not fit. */
export function requireNumber(option: string, value: unknown, fits: (value: number) => boolean, must: string): void {
  if (value === undefined || (typeof value === "number" && fits(value))) return;
  throw numberRefusal(option, must, value);
}

/** @throws {TypeError} for what is no number. @throws {RangeError} for one that is no number of milliseconds. */
export function requireMs(option: string, value: unknown): void {
  requireNumber(option, value, (ms) => ms >= 0, "a number of milliseconds from 0");
}

/** The same, and not 0 either. */
export function requireMsAboveZero(option: string, value: unknown): void {
  requireNumber(option, value, (ms) => ms > 0, "a number of milliseconds above 0");
}

/** @throws {TypeError} for what is no number. @throws {RangeError} for one that is no whole number from `least`. */
export function requireWhole(option: string, value: unknown, least = 1): void {
  requireNumber(option, value, (n) => Number.isInteger(n) && n >= least, `a whole number from ${least}`);
}

/** The same for where `word` may be given instead; another text is out of range. */
export function requireWholeOr(word: string, option: string, value: unknown, least = 1): void {
  if (value === undefined || value === word) return;
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return;
  throw numberRefusal(option, `a whole number from ${least}, or "${word}"`, value, true);
}
