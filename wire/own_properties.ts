/**
 * What was set on a list, or on an object of the platform, beside its content: the groups of a match, the columns of a
 * table. The platform says what properties there are with all the indexes among them; of a long list it is asked in
 * another way first.
 */
import { isIndex } from "./indexes.ts";

/** Where listing the indexes takes longer than {@linkcode hasIndexesOnly}. */
const MANY = 400;

const NONE: readonly string[] = Object.freeze([]);

/** Taken at the start, since a task may replace it. */
const inspect = (globalThis as { Deno?: { inspect?: (value: unknown, options: object) => string } }).Deno?.inspect;
const SHORT = { iterableLimit: 0, depth: 0, colors: false, customInspect: false };

/** Names of the own enumerable properties of a list that are no elements. */
export function namesBeside(list: readonly unknown[]): readonly string[] {
  if (list.length > MANY && hasIndexesOnly(list)) return NONE;
  const keys = Object.keys(list);
  // Indexes come first, whatever was set first.
  let first = keys.length;
  while (first > 0 && !isIndex(keys[first - 1])) first--;
  return first === keys.length ? NONE : keys.slice(first);
}

/** The same of an object whose content is not in its properties. */
export function namesOn(value: object): readonly string[] {
  const keys = Object.keys(value);
  // Where the next search begins. It is no enumerable property, and a pattern without it would find something else.
  if (value instanceof RegExp && value.lastIndex !== 0) keys.push("lastIndex");
  return keys;
}

/** Sets what came. Throws what is thrown for a name that cannot be set. */
export function setBeside(owner: object, name: string, value: unknown): void {
  if (owner instanceof RegExp && name === "lastIndex") {
    if (typeof value !== "number") throw new Error("where a pattern is to begin must be a number");
    owner.lastIndex = value;
  } else {
    // Not by assignment: "__proto__" would be a setter's.
    Object.defineProperty(owner, name, { value, writable: true, enumerable: true, configurable: true });
  }
}

/**
 * True for most lists without other properties, in a time that does not depend on the length: the runtime's inspection
 * looks for properties that are no indexes. This is the one place that reads its words, and any others than those
 * expected mean "perhaps not".
 */
function hasIndexesOnly(list: readonly unknown[]): boolean {
  try {
    return inspect?.(list, SHORT) === `[ ... ${list.length} more items ]`;
  } catch {
    return false;
  }
}
