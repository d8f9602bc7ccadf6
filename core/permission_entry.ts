/**
 * One entry of a grant, such as a path, a host or a variable's name: which ones are accepted, how each is written
 * canonically, and which wider entries cover it. Coverage is membership of exact strings, never a comparison of
 * prefixes.
 *
 * @module
 */

import { OptionTypeError } from "./option_error.ts";
import { showValue } from "./show_value.ts";

/** The kinds of permission, in the order in which they are always listed. */
export const PERMISSION_KINDS = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;

/** One of {@linkcode PERMISSION_KINDS}. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

/** What `--allow-sys` of Deno 2.9 accepts; `deno types` also names `ca` and `umask`, which it refuses. */
const SYS_NAMES: readonly string[] = [
  "hostname",
  "osRelease",
  "osUptime",
  "loadavg",
  "networkInterfaces",
  "systemMemoryInfo",
  "uid",
  "gid",
  "getegid",
  "username",
  "userInfo",
  "cpus",
  "homedir",
  "statfs",
  "getPriority",
  "setPriority",
];

/** Linux takes no longer ones. */
const MAX_PATH_CHARS = 4096;

/** Where an entry stands, for messages: `permissions.net[1]`. */
type Field = string;

/** The error for a value that cannot be used; `why` says what to do instead. */
export function refusal(field: Field, why: string, value: unknown): OptionTypeError {
  const reason = `${why}: current value is ${showValue(value)}`;
  return new OptionTypeError(field, reason, `Cannot use the value as ${field} as ${reason}`);
}

/** Checks one entry and writes it canonically, as far as that goes without a look at the disk. */
export function parseEntry(kind: PermissionKind, value: unknown, field: Field): string {
  const takesUrl = kind === "read" || kind === "write" || kind === "run" || kind === "ffi";
  if (typeof value !== "string" && !(takesUrl && value instanceof URL)) {
    throw refusal(field, takesUrl ? "an entry must be a string or a file: URL" : "an entry must be a string", value);
  }
  const entry = String(value);
  if (entry === "") throw refusal(field, "an entry must not be empty", value);
  // A lone surrogate would reach the command line as U+FFFD, and thus name something else.
  if (entry.includes("\0") || !entry.isWellFormed()) {
    throw refusal(field, "an entry must be well-formed text without NUL", value);
  }
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return parsePath(entry, field);
    case "run":
      return isFileUrl(entry) || entry.includes("/") ? parsePath(entry, field) : parseName(entry, field);
    case "net":
    case "import":
      return parseNet(kind, entry, field);
    case "env":
      if (entry.startsWith("PALPABLE_")) throw refusal(field, "the server's own variables are never a task's", entry);
      // Deno takes "A*" for every name that starts with A.
      if (/[=*]/.test(entry)) throw refusal(field, 'a variable is given by its exact name, without "=" or "*"', entry);
      return parseName(entry, field);
    case "sys":
      if (!SYS_NAMES.includes(entry)) throw refusal(field, `it must be one of ${SYS_NAMES.join(", ")}`, entry);
      return entry === "username" ? "userInfo" : entry; // one permission with two names, to Deno as well
  }
}

/** Names stand in a flag as they are, where a comma would separate two. */
function parseName(entry: string, field: Field): string {
  if (entry.includes(",")) throw refusal(field, "a name cannot have a comma, list each on its own", entry);
  return entry;
}

function isFileUrl(entry: string): boolean {
  return /^file:/i.test(entry);
}

function parsePath(entry: string, field: Field): string {
  const path = isFileUrl(entry) ? pathOfUrl(entry, field) : entry;
  if (path.length > MAX_PATH_CHARS) throw refusal(field, `a path has at most ${MAX_PATH_CHARS} characters`, entry);
  // Deno's flags separate by commas and know no way to write one.
  if (path.includes(",")) throw refusal(field, "Deno cannot grant a path with a comma in it", entry);
  if (!path.startsWith("/")) {
    throw refusal(field, 'a path must be absolute, write new URL("./data", import.meta.url) for a relative one', entry);
  }
  return path;
}

function pathOfUrl(entry: string, field: Field): string {
  // "file:data" is relative by its looks, yet means "/data".
  if (!/^file:\//i.test(entry) || !URL.canParse(entry)) {
    throw refusal(field, 'a file: URL must be whole, write new URL("./data", import.meta.url)', entry);
  }
  const url = new URL(entry);
  if (url.host + url.search + url.hash !== "") {
    throw refusal(field, "a file: URL must have no host, query or fragment", entry);
  }
  const path = decode(url.pathname);
  if (path === null || path.includes("\0")) throw refusal(field, "the URL must decode to a path without NUL", entry);
  return path;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; for net also `unix:/path`. */
function parseNet(kind: "net" | "import", entry: string, field: Field): string {
  if (kind === "net" && entry.startsWith("unix:")) return `unix:${parseName(parsePath(entry.slice(5), field), field)}`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(entry)) {
    throw refusal(field, 'a host is given without a scheme, write "example.com" or "example.com:443"', entry);
  }
  if (entry.includes("@")) throw refusal(field, "a host is given without credentials", entry);
  if (entry.includes("*")) throw refusal(field, "a host must be exact, wildcards are not supported", entry);
  if (/[\\/?#]/.test(entry)) throw refusal(field, "a host is given without a path, query or fragment", entry);
  if (/[\s,%\p{Cc}]/u.test(entry)) {
    throw refusal(field, "a host has no spaces, commas or escapes, list each on its own", entry);
  }
  const parts = /^(\[[^[\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(entry);
  if (parts === null) throw refusal(field, 'an IPv6 address stands in brackets, write "[::1]" or "[::1]:80"', entry);
  const [, name, port] = parts;
  const host = canonicalHost(name);
  if (host === null) throw refusal(field, "the part before the port must be a valid host name or address", entry);
  if (port === undefined) return host;
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) {
    throw refusal(field, "a port is a decimal number from 1 to 65535", entry);
  }
  if (host === "vsock" || host === "unix") throw refusal(field, "Deno would not take this for a host", entry);
  return `${host}:${port}`;
}

/** As the URL parser writes it. Its result is checked, for it maps look-alikes: a full-width `＊` becomes `*`. */
function canonicalHost(name: string): string | null {
  const text = `http://${name}`;
  if (!URL.canParse(text)) return null;
  const host = new URL(text).hostname.replace(/\.$/, "");
  return /^(\[[0-9a-f:]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/.test(host) ? host : null;
}

/** Puts the path in an entry, if it has one, in its canonical form. */
export function canonicalEntry(kind: PermissionKind, entry: string, canonicalPath: (path: string) => string): string {
  const scheme = kind === "net" && entry.startsWith("unix:") ? "unix:" : "";
  const path = entry.slice(scheme.length);
  const isPath = path.startsWith("/") && kind !== "env";
  // Checked again: a link may lead to a name that the door would have refused.
  if (!isPath) return entry;
  const canonical = kind === "run" ? canonicalProgram(path, canonicalPath) : canonicalPath(path);
  return parseEntry(kind, scheme + canonical, `permissions.${kind}`);
}

/** A program is what its name says, and one file may have many names: the folder is resolved, the name stays. */
function canonicalProgram(path: string, canonicalPath: (path: string) => string): string {
  const at = path.lastIndexOf("/");
  const name = path.slice(at + 1);
  if (name === "" || name === "." || name === "..") return canonicalPath(path);
  const folder = canonicalPath(path.slice(0, at + 1));
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** The other entries that would each grant this one too: the folders above a path, the host of a host and port. */
export function* widerEntries(kind: PermissionKind, entry: string): Generator<string> {
  if (kind === "read" || kind === "write" || kind === "ffi") {
    // Not for run: Deno compares programs exactly, a folder grants none of them.
    for (let at = entry.lastIndexOf("/"); at > 0; at = entry.lastIndexOf("/", at - 1)) yield entry.slice(0, at);
    if (entry !== "/") yield "/";
  } else if ((kind === "net" || kind === "import") && !entry.startsWith("unix:")) {
    const port = /:\d+$/.exec(entry);
    if (port !== null) yield entry.slice(0, port.index);
  }
}
