/**
 * What a server keeps for itself, which no task may read, change or connect to: key, groups, logs, cache, address.
 *
 * @module
 */

import { PermissionCeilingExceeded } from "../core/errors.ts";
import type { PermissionSet } from "../core/permissions.ts";
import { type Address, isLoopback } from "../wire/address.ts";
import { defaultAuthkeyFile } from "../client/authkey_file.ts";
import { groupsFolder } from "../client/group_entry.ts";
import { userId } from "../client/owner.ts";
import { type Denied, liesBelow, type OwnPlace } from "../host/denied.ts";
import { canonicalPath } from "../host/canonical_path.ts";

/** What of a cache is denied where it holds code that a task must load. */
const CACHE_PARTS = ["npm", "remote", "gen", "registries", "palpable"];

/** What a store's file and those beside it are called behind its name. */
const STORE_FILES = ["", "-wal", "-shm", "-journal", "-owner", "-ballast"];

/** What {@linkcode findOwnPlaces} needs. */
export interface OwnPlacesParams {
  /** The cache of modules; task processes have theirs in it. */
  denoDir: string;
  /** Where the key is, when it is in a file. */
  authkeyFile: string | null;
  logFolder: string | null;
  /** Where tasks and results are kept; others of its name lie beside it. */
  storeFile: string | null;
  /** Where clients connect to; null for none. */
  address: Address | null;
}

/** Finds out what is denied to every task. */
export async function findOwnPlaces(params: OwnPlacesParams): Promise<Denied> {
  const { denoDir, authkeyFile, logFolder, storeFile, address } = params;
  const defaultFile = defaultAuthkeyFile();
  const socket = address?.transport === "unix" ? address.path : null;
  const whole = [authkeyFile, defaultFile === null ? null : folderOf(defaultFile), groupsFolderOrNull(), socket];
  if (storeFile !== null) whole.push(...STORE_FILES.map((suffix) => storeFile + suffix));
  const places: OwnPlace[] = [];
  for (const path of new Set(whole)) if (path !== null) places.push(...await namesOf(path, []));
  places.push(...await namesOf(denoDir, CACHE_PARTS));
  if (logFolder !== null) places.push(...await namesOf(logFolder, ["Server.log"]));
  const sockets = socket === null ? [] : (await namesOf(socket, [])).map(({ path }) => `unix:${path}`);
  return { places, net: () => address?.transport === "tcp" ? netEntries(address) : sockets };
}

/** A place under all names: Deno compares the one that a program uses. */
async function namesOf(path: string, parts: readonly string[]): Promise<OwnPlace[]> {
  const real = canonicalPath(absolute(path));
  return [real, ...await otherNames(real)].map((name) => ({
    path: name,
    parts: parts.length === 0 ? [name] : parts.map((part) => `${name}/${part}`),
  }));
}

/**
 * A folder that a task may write to can be moved into another one that it may write to, with all that is denied in it,
 * which is then under a name that nothing is denied for.
 *
 * @throws {PermissionCeilingExceeded} when what is granted lets a task move what the server keeps for itself.
 */
export function requireImmovable({ write }: PermissionSet, { places }: Denied): void {
  if (write === true || write.length < 2) return;
  for (const folder of write) {
    const place = places.find(({ path }) => liesBelow(path, folder));
    if (folder === "/" || place === undefined || !canBeMoved(folder)) continue;
    const others = write.filter((other) => other !== folder).join(", ");
    throw new PermissionCeilingExceeded(
      `Cannot grant write ${folder} together with write ${others}: the server keeps ${place.path} for itself, ` +
        `which a task could then move there; grant folders below ${folder}`,
      [`write ${folder}`],
    );
  }
}

/** Whether this user may take a name out of the folder above. */
function canBeMoved(path: string): boolean {
  try {
    const { mode, uid } = Deno.statSync(folderOf(path));
    const user = userId();
    if (mode === null || user === null || user === 0) return true;
    // Which groups this user is in cannot be told.
    return uid === user || (mode & 0o022) !== 0;
  } catch {
    return true;
  }
}

/** All entries by which a task on this machine could name the address; Deno compares what a name leads to as well. */
function netEntries({ hostname, port }: { hostname: string; port: number }): string[] {
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  const hosts = isAny ? ["127.0.0.0/8", "[::1]", ...networkAddresses()] : [bracketed(hostname)];
  // "Any address" is this machine for whoever connects, and so is its name.
  if (isAny || isLoopback({ transport: "tcp", hostname, port })) hosts.push("0.0.0.0", "[::]", "localhost");
  return [...new Set(hosts)].map((host) => `${host}:${port}`);
}

/** Of this machine, as far as this program may know them. */
function networkAddresses(): string[] {
  if (Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" }).state !== "granted") return [];
  return Deno.networkInterfaces().map(({ address }) => bracketed(address));
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host.replace(/%.*$/, "")}]` : host;
}

/** The same place by way of links that lie at the top of the system, or beside a folder on the way: `/var/run`. */
async function otherNames(path: string): Promise<string[]> {
  const names = new Set<string>();
  const folders = new Set(["/", "/var"]);
  for (let above = folderOf(path); above !== "/"; above = folderOf(above)) folders.add(above);
  for (const folder of folders) {
    if (Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") continue;
    try {
      for await (const { name, isSymlink } of Deno.readDir(folder)) {
        if (!isSymlink) continue;
        const link = folder === "/" ? `/${name}` : `${folder}/${name}`;
        const target = canonicalPath(link);
        if (target === path) names.add(link);
        else if (target !== "/" && liesBelow(path, target)) names.add(`${link}${path.slice(target.length)}`);
      }
    } catch {
      // What this user may not list has no names for a task either.
    }
  }
  return [...names];
}

function groupsFolderOrNull(): string | null {
  try {
    return groupsFolder();
  } catch {
    return null;
  }
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
