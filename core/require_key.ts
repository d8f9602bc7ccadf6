/**
 * Keys that tasks name to have something in common: of which there is to be one at a time, or that limits them.
 *
 * @module
 */

import { OptionRangeError, OptionTypeError } from "./option_error.ts";
import { showValue } from "./show_value.ts";

/** Characters that a key may have. */
export const MAX_KEY_CHARS = 200;

/** Whether it can be a key. */
export function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== "" && key.length <= MAX_KEY_CHARS;
}

/** @throws {TypeError} for what is no text. @throws {RangeError} for one of another length; `example` can be used. */
export function requireKey(option: string, key: unknown, example: string): void {
  if (isKey(key)) return;
  const must = `it must be a text of 1 to ${MAX_KEY_CHARS} characters, such as "${example}": current value is`;
  if (typeof key !== "string") throw new OptionTypeError(option, `${must} ${showValue(key)}`);
  throw new OptionRangeError(option, `${must} ${key === "" ? `""` : `a text of ${key.length} characters`}`);
}
