/**
 * The function inside of what `defineTask` gives.
 *
 * @module
 */

/** Where it is; also found by other copies of this package. */
export const DEFINED: unique symbol = Symbol.for("palpable.defined") as never;

/** The function that a task's process is to call: the one that was defined, or what was exported itself. */
export function definedFunction(value: unknown): unknown {
  if (typeof value !== "function") return value;
  return (value as { [DEFINED]?: unknown })[DEFINED] ?? value;
}
