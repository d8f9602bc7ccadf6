/**
 * What is there at once, or comes later: a promise for each would cost a turn of the event loop where nothing waits.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Later<T> = T | Promise<T>;

/** Whoever asked is told through this, once: at once or later. */
export interface Answer<T> {
  /** This is the answer. */
  give(value: T): void;
  /** There is none, for this reason. */
  refuse(error: unknown): void;
}

/** Goes on with a value at once where it is there; gives what that gives. */
export function whenThere<T, R>(value: Later<T>, goOn: (value: T) => R): Later<Awaited<R>> {
  return value instanceof Promise ? value.then(goOn) as Promise<Awaited<R>> : goOn(value) as Awaited<R>;
}

/** All of them. */
export function allThere<T>(values: readonly Later<T>[]): Later<T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : values as T[];
}

/**
 * Asks for what is answered by callbacks; gives what has come when that returns, and a promise of it else.
 *
 * @throws what is thrown, or refused, by then.
 */
export function ask<T>(question: (answer: Answer<T>) => void): Later<T> {
  let known: { value: T } | { error: unknown } | null = null;
  let late: PromiseWithResolvers<T> | null = null;
  question({
    give(value) {
      if (late !== null) late.resolve(value);
      else known ??= { value };
    },
    refuse(error) {
      if (late !== null) late.reject(error);
      else known ??= { error };
    },
  });
  // Written in the callbacks, which the compiler does not see.
  const answered = known as { value: T } | { error: unknown } | null;
  if (answered === null) return (late = Promise.withResolvers<T>()).promise;
  if ("error" in answered) throw answered.error;
  return answered.value;
}
