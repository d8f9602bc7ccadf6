/**
 * The nearest JSON value of anything that a task can return.
 *
 * @module
 */

import { textOf } from "../wire/explain.ts";
import { nameOf } from "../wire/named_values.ts";

/** Deeper than this becomes text. */
const MAX_DEPTH = 64;

/**
 * BigInts become text, dates and the classes of Temporal ISO text, maps and Headers lists of pairs, sets and typed arrays
 * lists, errors name and message, what JSON has no word for null.
 */
export function toJsonValue(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return textOf(value);
  const inner = (item: unknown) => toJsonValue(item, depth + 1);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return value.toString();
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return Array.from(value, inner);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map) return Array.from(value, ([key, item]) => [inner(key), inner(item)]);
  if (value instanceof Set) return Array.from(value, inner);
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return value instanceof DataView
      ? Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      : Array.from(value as unknown as ArrayLike<number | bigint>, inner);
  }
  if (value instanceof RegExp || value instanceof URL || value instanceof URLSearchParams) return String(value);
  if (value instanceof Headers) return [...value];
  if (nameOf(value) !== undefined) return String(value);
  if (value instanceof Error) return { name: value.name, message: value.message };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}
