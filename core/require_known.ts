/**
 * The check of options' names, at the door.
 *
 * @module
 */

/**
 * Refuses options that there are none of. `kind` is what they are called in the message.
 *
 * @throws {TypeError} for a name that is not known, and for what is no object.
 */
export function requireKnown(options: object, known: readonly string[], kind = "option"): void {
  if (typeof options !== "object" || options === null) throw new TypeError(`Cannot use ${kind}s: give an object`);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new TypeError(
      `Cannot use the ${kind} "${key}": known ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`,
    );
  }
}
