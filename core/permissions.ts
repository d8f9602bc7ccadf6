/**
 * The permission algebra: what a task may ask for, what that means canonically, whether it lies within a ceiling, and
 * the flags that grant it. A set only ever comes out of {@linkcode resolvePermissions}, so that equal sets have equal
 * keys and coverage is exact.
 *
 * @module
 */

import { editDistance } from "./edit_distance.ts";
import {
  canonicalEntry,
  parseEntry,
  PERMISSION_KINDS,
  type PermissionKind,
  refusal,
  widerEntries,
} from "./permission_entry.ts";

/** What is granted of one kind: all (`true`), nothing (`false`), what the parent has, or just the entries listed. */
export type Grant<Entry = string> = boolean | "inherit" | readonly Entry[];

/**
 * What a task may do: the shape of `Deno.PermissionOptionsObject`. A kind that is absent, `false` or `[]` grants
 * nothing.
 *
 * @example
 * ```ts
 * import type { Permissions } from "./permissions.ts";
 *
 * export const permissions: Permissions = {
 *   read: [new URL("./data", import.meta.url)],
 *   net: ["api.example.com:443"],
 * };
 * ```
 */
export interface Permissions {
  /** Files and folders to read: absolute paths or `file:` URLs; a folder covers all below it. */
  read?: Grant<string | URL>;
  /** Files and folders to write: absolute paths or `file:` URLs; a folder covers all below it. */
  write?: Grant<string | URL>;
  /** Where to connect and listen: `host`, `host:port`, `[v6]`, `[v6]:port` or `unix:/path`; a host covers its ports. */
  net?: Grant;
  /** Environment variables, by exact name. */
  env?: Grant;
  /** Facts about the system, by the names that `--allow-sys` has. */
  sys?: Grant;
  /** Programs to run, by name or absolute path. Means full trust: a program is not sandboxed. */
  run?: Grant<string | URL>;
  /** Native libraries to load. Means full trust: native code is not sandboxed. */
  ffi?: Grant<string | URL>;
  /** Hosts to import modules from: `host` or `host:port`. */
  import?: Grant;
}

/** What a submission may ask for; `"inherit"` is all that the parent has, `"none"` is the same as `{}`. */
export type PermissionRequest = Permissions | "inherit" | "none";

/** A request whose shape was checked: strings only, so that it can be sent, and nothing that grants nothing. */
export type PermissionRequestParsed =
  | "inherit"
  | Readonly<Partial<Record<keyof Permissions, true | "inherit" | readonly string[]>>>;

/** What is granted, canonically: per kind `true` or a sorted list without redundant entries, `[]` for nothing; frozen. */
export type PermissionSet = Readonly<Record<keyof Permissions, true | readonly string[]>>;

/** Grants nothing. */
export const NO_PERMISSIONS: PermissionSet = makeSet(() => Object.freeze([]));

/** Grants everything. */
export const ALL_PERMISSIONS: PermissionSet = makeSet(() => true);

function makeSet(grantOf: (kind: PermissionKind) => true | readonly string[]): PermissionSet {
  return Object.freeze(Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, grantOf(kind)])) as PermissionSet);
}

/**
 * Checks the shape of a request at the door. What passes can be sent and passes again, unchanged. `field` is what the
 * request is called there.
 *
 * @throws {TypeError} If anything in it cannot be used; the message names the field, the value and what to write.
 */
export function parsePermissions(request: unknown, field = "permissions"): PermissionRequestParsed {
  if (request === undefined || request === "none") return Object.freeze({});
  if (request === "inherit") return "inherit";
  if (!isPlainObject(request)) {
    throw refusal(field, 'it must be "inherit", "none" or an object such as { read: ["/data"] }', request);
  }
  for (const key of Reflect.ownKeys(request).map(String)) {
    if (!(PERMISSION_KINDS as readonly string[]).includes(key)) {
      throw refusal(field, `it has an unknown kind, did you mean "${nearestKind(key)}"?`, key);
    }
  }
  const parsed: { [Kind in PermissionKind]?: true | "inherit" | readonly string[] } = {};
  for (const kind of PERMISSION_KINDS) {
    const grant = Object.hasOwn(request, kind) ? parseGrant(kind, request[kind], `${field}.${kind}`) : [];
    if (grant === true || grant.length > 0) parsed[kind] = grant;
  }
  return Object.freeze(parsed);
}

/** A command line holds only so much, and each entry is looked for on the disk. */
const MAX_ENTRIES = 1000;

/** `[]` for nothing. */
function parseGrant(kind: PermissionKind, grant: unknown, field: string): true | "inherit" | readonly string[] {
  if (grant === true || grant === "inherit") return grant;
  if (grant === undefined || grant === false) return [];
  if (!Array.isArray(grant)) {
    throw refusal(field, 'it must be true, false, "inherit" or an array of entries', grant);
  }
  if (grant.length > MAX_ENTRIES) {
    throw refusal(field, `a list has at most ${MAX_ENTRIES} entries`, grant);
  }
  const entries = Array.from(grant, (entry, at) => parseEntry(kind, entry, `${field}[${at}]`));
  return Object.freeze([...new Set(entries)]);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The kind with the fewest letters to change, for a hint. */
function nearestKind(key: string): PermissionKind {
  const distances = PERMISSION_KINDS.map((kind) => editDistance(key.slice(0, 40).toLowerCase(), kind));
  return PERMISSION_KINDS[distances.indexOf(Math.min(...distances))];
}

/** What {@linkcode resolvePermissions} needs to know. */
export interface ResolvePermissionsOptions {
  /** What the submitting task has; null for a client's own task, which has nothing to inherit. */
  parent: PermissionSet | null;
  /** Resolves links, `.` and `..` of an absolute path, which need not exist; no `/` at the end. Must be idempotent. */
  canonicalPath: (path: string) => string;
}

/**
 * Turns a request into the set that it means. Whether that set may be had is for {@linkcode excess} to say.
 *
 * @example
 * ```ts
 * import { permissionFlags, resolvePermissions } from "./permissions.ts";
 *
 * const request = { read: ["/data/in", "/data"], net: ["Example.COM"] };
 * const set = resolvePermissions(request, { parent: null, canonicalPath: (path) => path });
 * console.log(permissionFlags(set)); // ["--allow-read=/data", "--allow-net=example.com", "--deny-import"]
 * ```
 *
 * @throws {TypeError} If the request cannot be used, or inherits without a parent.
 */
export function resolvePermissions(
  request: PermissionRequest | PermissionRequestParsed | undefined,
  options: ResolvePermissionsOptions,
): PermissionSet {
  const { parent, canonicalPath } = options;
  const parsed = parsePermissions(request);
  if (parsed === "inherit") return inheritable(parent, "permissions");
  return makeSet((kind) => {
    const grant = parsed[kind] ?? [];
    if (grant === true) return true;
    if (grant === "inherit") return inheritable(parent, `permissions.${kind}`)[kind];
    return withoutRedundancy(kind, grant.map((entry) => canonicalEntry(kind, entry, canonicalPath)));
  });
}

function inheritable(parent: PermissionSet | null, field: string): PermissionSet {
  if (parent === null) {
    throw refusal(field, "only subtasks can inherit, write out what the task needs", "inherit");
  }
  return parent;
}

function withoutRedundancy(kind: PermissionKind, entries: readonly string[]): readonly string[] {
  const all = new Set(entries);
  return Object.freeze([...all].filter((entry) => !isCoveredByWider(all, kind, entry)).sort());
}

/** Whether another entry, wider than this one, covers it. */
function isCoveredByWider(entries: ReadonlySet<string>, kind: PermissionKind, entry: string): boolean {
  return widerEntries(kind, entry).some((wider) => entries.has(wider));
}

/**
 * What is asked for beyond the ceiling, such as `["net example.com:443", "read /etc", "run (any)"]`, by kind and then
 * by entry; `[]` when all of it lies within. A list never covers `true`, not even the list of `/`.
 */
export function excess(asked: PermissionSet, ceiling: PermissionSet): string[] {
  return PERMISSION_KINDS.flatMap((kind) => {
    const wanted = asked[kind];
    const allowed = ceiling[kind];
    if (allowed === true) return [];
    if (wanted === true) return [`${kind} (any)`];
    const entries = new Set(allowed);
    return wanted
      .filter((entry) => !entries.has(entry) && !isCoveredByWider(entries, kind, entry))
      .map((entry) => `${kind} ${entry}`);
  });
}

/** The same text for the same permissions, and only for those. */
export function permissionKey(set: PermissionSet): string {
  return JSON.stringify(grantedKinds(set).map((kind) => [kind, set[kind]]));
}

function grantedKinds(set: PermissionSet): PermissionKind[] {
  return PERMISSION_KINDS.filter((kind) => set[kind] === true || set[kind].length > 0);
}

/**
 * The flags for `deno run --no-prompt --cached-only` that grant this set and no more. Without `import` there is
 * `--deny-import`, since Deno grants some registries unless told not to; it needs `--cached-only` to deny those as
 * well.
 */
export function permissionFlags(set: PermissionSet): string[] {
  const flags = grantedKinds(set).map((kind) => {
    const grant = set[kind];
    return grant === true ? `--allow-${kind}` : `--allow-${kind}=${grant.join(",")}`;
  });
  return grantedKinds(set).includes("import") ? flags : [...flags, "--deny-import"];
}

/** Whether the set is everything: a sandbox around it would hold nothing. */
export function isEverything(set: PermissionSet): boolean {
  return PERMISSION_KINDS.every((kind) => set[kind] === true);
}

/** Whether the set lets a task leave the sandbox: what it runs or loads natively has the server's own rights. */
export function isFullTrust(set: PermissionSet): boolean {
  return grantedKinds(set).some((kind) => kind === "run" || kind === "ffi");
}
