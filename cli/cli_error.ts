/**
 * What ends a command with one line instead of a stack.
 *
 * @module
 */

/** The command line cannot be used: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The command was understood and cannot be carried out: exit code 1. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
}
