/**
 * What a request for permissions means just now: where its paths lead, and whether that lies within what limits it.
 *
 * A path is a name, and what it leads to can change between a submission and the start of a process. So nothing that
 * was looked up is kept for good: it is looked up again at each start, which costs 2 µs for each path and nothing for
 * none.
 *
 * @module
 */

import { PermissionCeilingExceeded, TaskError } from "../core/errors.ts";
import { type PathSpellings, spellingsOf } from "../core/path_spellings.ts";
import {
  excess,
  NO_PERMISSIONS,
  type PermissionRequestParsed,
  type PermissionSet,
  resolvePermissions,
} from "../core/permissions.ts";
import { canonicalPath } from "../host/canonical_path.ts";

/** What may be done, by paths that were looked up. */
export interface Grants {
  readonly permissions: PermissionSet;
  /** Granted too: the same paths as they were written. */
  readonly spellings: PathSpellings;
  /**
   * Programs among them, and the files that they lead to. A program of many names does what its name says, so a name
   * covers that name only; and a name that has come to lead to another file is not what was allowed.
   */
  readonly programs: ReadonlyMap<string, string>;
  /** Every path that was looked at, and where it led. */
  readonly lookups: ReadonlyMap<string, string>;
}

/** What limits a request. */
export interface Limit {
  readonly permissions: PermissionSet;
  readonly programs: ReadonlyMap<string, string>;
}

/**
 * Looks up what a client (`parent` null) or a task asks for.
 *
 * @throws {TaskError} `INVALID_REQUEST` for permissions that are none. @throws {PermissionCeilingExceeded}
 */
export function lookUpGrants(request: PermissionRequestParsed, parent: Grants | null, ceiling: Limit): Grants {
  const lookups = new Map(parent?.lookups);
  const look = (path: string) => {
    const real = canonicalPath(path);
    lookups.set(path, real);
    return real;
  };
  let permissions: PermissionSet;
  let spellings: PathSpellings;
  try {
    permissions = resolvePermissions(request, { parent: parent?.permissions ?? null, canonicalPath: look });
    spellings = spellingsOf(request, { parent: parent?.spellings ?? null, canonicalPath: look });
  } catch (error) {
    throw new TaskError("INVALID_REQUEST", (error as Error).message, { cause: error });
  }
  const grants = { permissions, spellings, programs: programsOf(permissions, look), lookups };
  requireWithin(grants, ceiling, "the server's ceiling");
  if (parent !== null) requireWithin(grants, parent, "what the submitting task has itself");
  return grants;
}

/** True while all paths lead where they led. */
export function stillLeads({ lookups }: Grants): boolean {
  for (const [path, real] of lookups) if (canonicalPath(path) !== real) return false;
  return true;
}

/** A limit as it is from now on: what its programs lead to now is what is allowed. */
export function limitOf(permissions: PermissionSet): Limit {
  return { permissions, programs: programsOf(permissions, canonicalPath) };
}

/** @throws {PermissionCeilingExceeded} naming what was too much. */
export function requireWithin(asked: Limit, limit: Limit, what: string): void {
  const tooMuch = [...excess(asked.permissions, limit.permissions), ...otherPrograms(asked, limit)];
  if (tooMuch.length === 0) return;
  throw new PermissionCeilingExceeded(`Cannot grant ${tooMuch.join(", ")}: it is more than ${what}`, tooMuch);
}

/** Those with a name that is allowed, which leads to another file than it does there. */
function otherPrograms(asked: Limit, limit: Limit): string[] {
  return [...asked.programs]
    .filter(([name, file]) => (limit.programs.get(name) ?? file) !== file)
    .map(([name, file]) => `run ${name} (which leads to ${file})`);
}

const NO_PROGRAMS: ReadonlyMap<string, string> = new Map();

function programsOf({ run }: PermissionSet, look: (path: string) => string): ReadonlyMap<string, string> {
  if (run === true || run === NO_PERMISSIONS.run || run.length === 0) return NO_PROGRAMS;
  return new Map(run.filter((entry) => entry.startsWith("/")).map((entry) => [entry, look(entry)]));
}
