/**
 * Errors of stages on their way to whoever called.
 *
 * @module
 */

import { thrownError } from "../wire/codec.ts";

/** The error, with the stage's name where it has none; one that crossed from a worker also with its stack there. */
export function asStageError(error: unknown, stage: string, isRemote = false): Error {
  const known = thrownError(error);
  if (isRemote) {
    set(known, "remoteStack", known.stack ?? "", false);
    set(known, "raisedByTask", true, true);
  }
  if (!Object.hasOwn(known, "stage") && Object.isExtensible(known)) set(known, "stage", stage, true);
  return known;
}

/** What is enumerable crosses with the error, to whoever calls a served pipeline. */
function set(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
}
