/**
 * `--ceiling-*`: the most that tasks may be permitted. Without any of the flags it is everything, which is the server's
 * own default; with one or more, a kind that is not named is not allowed at all.
 *
 * @module
 */

import { PERMISSION_KINDS, type PermissionKind } from "../core/permission_entry.ts";
import { parsePermissions, type Permissions } from "../core/permissions.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { absolutePath } from "./named_file.ts";
import { flagError, UsageError } from "./cli_error.ts";

const HELP: Record<PermissionKind, string> = {
  read: "Files and folders that tasks may be allowed to read",
  write: "Files and folders that they may be allowed to write",
  net: "Hosts, or host:port, that they may be allowed to connect to and listen on",
  env: "Environment variables that they may be allowed to read",
  sys: "Facts about the system that they may be allowed to read",
  run: "Programs that they may be allowed to run; means full trust",
  ffi: "Native libraries that they may be allowed to load; means full trust",
  import: "Hosts that they may be allowed to import modules from",
};

/** One per kind of permission. */
export const CEILING_FLAGS: readonly Flag[] = PERMISSION_KINDS.map((kind) => ({
  name: `ceiling-${kind}`,
  value: "LIST",
  isRepeatable: true,
  isValueOptional: true,
  help: HELP[kind],
}));

/**
 * The ceiling that the flags describe; undefined when there is none of them.
 *
 * @throws {UsageError} for an entry that is not one of its kind.
 */
export function ceilingFrom(values: FlagValues): Permissions | undefined {
  const given = PERMISSION_KINDS.filter((kind) => values.all(`ceiling-${kind}`).length > 0);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map((kind) => [kind, grantFrom(kind, values.all(`ceiling-${kind}`))]));
}

function grantFrom(kind: PermissionKind, lists: readonly string[]): boolean | string[] {
  const entries = lists.flatMap((list) => list.split(","));
  if (entries.length === 1 && entries[0] === "") return true;
  if (entries.length === 1 && entries[0] === "none") return false;
  if (entries.includes("") || entries.includes("none")) {
    throw new UsageError(`Cannot use --ceiling-${kind}: "none", or no value for all, stands alone`);
  }
  const grant = entries.map((entry) => isPath(kind, entry) ? absolutePath(entry) : entry);
  try {
    parsePermissions({ [kind]: grant });
  } catch (error) {
    throw flagError(`ceiling-${kind}`, error);
  }
  return grant;
}

/** A program without a slash is looked up by its name. */
function isPath(kind: PermissionKind, entry: string): boolean {
  return kind === "read" || kind === "write" || kind === "ffi" || (kind === "run" && entry.includes("/"));
}
