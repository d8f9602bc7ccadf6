/**
 * What may have been written by somebody who must not gain by it: a module, or a configuration, that lies where tasks
 * may write says what its process loads, and its process may read that.
 *
 * @module
 */

import type { PermissionSet } from "./permissions.ts";

/** Where code may have been planted, and what those who may have planted it can have anyway. */
export interface CodeLimits {
  /** Canonical paths, each with all below it. */
  readonly write: readonly string[];
  readonly read: true | readonly string[];
  readonly net: true | readonly string[];
  /** By what the paths can be written, for messages. */
  readonly by: string;
}

/** One who may write everything, or nothing, is not limited: the former can change any program of this user. */
export function limitsOf({ read, write, net }: PermissionSet, by: string): CodeLimits | null {
  return write === true || write.length === 0 ? null : { write, read, net, by };
}
