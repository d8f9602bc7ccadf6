/**
 * What ends a command with one line instead of a stack.
 *
 * @module
 */

import { isOptionError } from "../core/option_error.ts";

/** The command line cannot be used: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The command was understood and cannot be carried out: exit code 1. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
}

/** What is wrong with an option, said of its flag; whatever else went wrong as it is. */
export function flagError(flag: string, error: unknown): unknown {
  if (!isOptionError(error)) return error;
  return new UsageError(`Cannot use --${flag}: ${error.why}`, { cause: error });
}
