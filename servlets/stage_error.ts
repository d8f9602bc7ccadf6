/**
 * Errors of stages on their way to whoever called.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** The error, with the stage's name where it has none; one that crossed from a worker also with its stack there. */
export function asStageError(error: unknown, stage: string, isRemote = false): Error {
  const known = error instanceof Error
    ? error
    : new TaskError("THROWN_VALUE", `A value was thrown that is not an Error: ${String(error)}`, { cause: error });
  if (isRemote) setHidden(known, "remoteStack", known.stack ?? "");
  // Enumerable, so that it crosses with the error.
  if (!Object.hasOwn(known, "stage") && Object.isExtensible(known)) {
    Object.defineProperty(known, "stage", { value: stage, writable: true, enumerable: true, configurable: true });
  }
  return known;
}

function setHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
