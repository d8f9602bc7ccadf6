/**
 * How large a value is, where nobody has counted the bytes that it came in.
 *
 * @module
 */

/** Of longer lists so many elements are looked at. */
const SAMPLE = 8;
/** Deeper than this nothing is looked at. */
const MAX_DEPTH = 4;
/** What a value takes that is not looked into. */
const SMALL = 8;

/** About how many bytes a value takes, encoded. Looks at few of many elements. */
export function roughBytes(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return SMALL;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (depth === MAX_DEPTH) return SMALL;
  if (value instanceof Map || value instanceof Set) return ofList([...value], depth);
  return ofList(Array.isArray(value) ? value : Object.values(value), depth);
}

function ofList(list: readonly unknown[], depth: number): number {
  const sample = list.slice(0, SAMPLE);
  const bytes = sample.reduce<number>((sum, element) => sum + roughBytes(element, depth + 1), 0);
  return sample.length === 0 ? SMALL : SMALL + bytes * list.length / sample.length;
}
