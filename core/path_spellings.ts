/**
 * Paths of a permission request as they were written, where that is not their canonical form.
 *
 * Rules are applied to canonical paths, but Deno compares the path that a program uses, links unresolved: who was
 * granted `/bin/sh`, a link to `/usr/bin/dash`, must find `/bin/sh` granted. So what is granted is both.
 *
 * @module
 */

import { canonicalEntry } from "./permission_entry.ts";
import { parsePermissions, type PermissionRequest, type PermissionRequestParsed } from "./permissions.ts";

const PATH_KINDS = ["read", "write", "run", "ffi"] as const;

/** Written paths by kind of permission. */
export type PathSpellings = { readonly [Kind in typeof PATH_KINDS[number]]?: readonly string[] };

/** What {@linkcode spellingsOf} needs. */
export interface SpellingsOptions {
  /** Those of the submitting task, for what is inherited. */
  parent: PathSpellings | null;
  /** See `resolvePermissions`. */
  canonicalPath: (path: string) => string;
}

/** The spellings of a request that `resolvePermissions` takes. */
export function spellingsOf(
  request: PermissionRequest | PermissionRequestParsed | undefined,
  { parent, canonicalPath }: SpellingsOptions,
): PathSpellings {
  const parsed = parsePermissions(request);
  if (parsed === "inherit") return parent ?? {};
  const spellings: Partial<Record<keyof PathSpellings, readonly string[]>> = {};
  for (const kind of PATH_KINDS) {
    const grant = parsed[kind];
    const written = grant === "inherit"
      ? parent?.[kind] ?? []
      : Array.isArray(grant)
      ? grant.filter((entry) => canonicalEntry(kind, entry, canonicalPath) !== entry)
      : [];
    if (written.length > 0) spellings[kind] = written;
  }
  return spellings;
}
