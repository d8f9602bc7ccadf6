/**
 * One error for many who wait: each gets its own, so that what one adds to it no other sees.
 *
 * @module
 */

/** Gives the error to each who asks: to the first itself, to each other as a copy of what it was then. */
export function ownErrors(error: unknown): () => unknown {
  let kept: unknown;
  let isGiven = false;
  return () => {
    if (isGiven) return copyOfError(kept);
    isGiven = true;
    // Before somebody has it who may change it.
    kept = copyOfError(error);
    return error;
  };
}

/** Settles as the work does, which others may wait for: with an error of its own. */
export async function ownFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw copyOfError(error);
  }
}

/** The error; where it is what the signal says, which others are told too, one of its own. */
export function ownReason(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && error === reason ? copyOfError(error) : error;
}

/** An error of the same class with the same fields, and copies of the errors in it; what is no error is given as it is. */
export function copyOfError(error: unknown): unknown {
  return copy(error, new Map());
}

function copy(value: unknown, known: Map<Error, Error>): unknown {
  if (!(value instanceof Error)) return value;
  const copied = known.get(value);
  if (copied !== undefined) return copied;
  const made = emptyLike(value);
  // An error may be its own cause.
  known.set(value, made);
  for (const key of Reflect.ownKeys(value)) {
    if (key === "stack") {
      Object.defineProperty(made, key, { ...HIDDEN, value: value.stack });
      continue;
    }
    const field = Object.getOwnPropertyDescriptor(value, key)!;
    if (typeof field.value === "object" && field.value !== null) field.value = copyField(field.value, known);
    Reflect.defineProperty(made, key, field);
  }
  return made;
}

const HIDDEN = { writable: true, enumerable: false, configurable: true };

function copyField(value: object, known: Map<Error, Error>): unknown {
  return Array.isArray(value) && value.some((item) => item instanceof Error)
    ? value.map((item) => copy(item, known))
    : copy(value, known);
}

/** Without its constructor, which may want anything; the getters of a DOMException work on those alone that its own made. */
function emptyLike(error: Error): Error {
  if (error instanceof DOMException) return new DOMException(error.message, error.name);
  const { stackTraceLimit } = Error;
  // It gets that of the other.
  Error.stackTraceLimit = 0;
  const made = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return Object.setPrototypeOf(made, Object.getPrototypeOf(error));
}
