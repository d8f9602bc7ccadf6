/**
 * Values in messages.
 *
 * @module
 */

/** A value that cannot be used, as messages show it: strings in quotes, so that `"4"` is not taken for `4`. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof URL) return JSON.stringify(value.href);
  return value !== null && (typeof value === "object" || typeof value === "function")
    ? `a value of type ${typeof value}`
    : String(value);
}
