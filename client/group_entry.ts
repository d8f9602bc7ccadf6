/**
 * Groups: servers of this user on this machine that are found by name. A running server has an entry, a file that says
 * where it listens. This is the reading side; PROTOCOL.md has the format.
 *
 * @module
 */

import { type ServerOffline, TaskError } from "../core/errors.ts";
import { serverOffline } from "../core/offline.ts";
import { OptionRangeError } from "../core/option_error.ts";
import { parseAddress } from "../wire/address.ts";
import { defaultAuthkeyFile, environment } from "./authkey_file.ts";
import { isForeign, isOpenToOthers, NotOwnFile, readOwnFile } from "./owner.ts";

/** An entry is some hundred bytes; what is larger is not read. */
const MAX_ENTRY_BYTES = 4096;
/** Groups that an error names at most. */
const MAX_LISTED = 20;

/** What a group's file says of its server. */
export interface GroupEntry {
  /** The group's name. */
  readonly group: string;
  /** Where clients on this machine reach the server. */
  readonly address: string;
  /** Whether it speaks TLS there. */
  readonly tls: boolean;
  /** The server's process. */
  readonly pid: number;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
}

/** An entry, and the file that it is from. */
export interface FoundEntry extends GroupEntry {
  readonly file: string;
}

/**
 * Checks the name of a group. It becomes a part of file names.
 *
 * @throws {RangeError} when it cannot be one.
 */
export function requireGroupName(group: string): void {
  if (isGroupName(group)) return;
  throw new OptionRangeError(
    "group",
    `it must be 1 to 64 of the letters a to z, digits, ".", "_" and "-": current value is ${JSON.stringify(group)}`,
  );
}

/**
 * The folder with the entries of this user.
 *
 * @throws {TaskError} `GROUP_UNUSABLE` when there is no place for it.
 */
export function groupsFolder(): string {
  const runtime = environment("XDG_RUNTIME_DIR");
  // As the XDG specification says: a relative path counts as not set.
  if (runtime?.startsWith("/") && !isAnothers(runtime)) return `${runtime}/palpable/groups`;
  const authkeyFile = defaultAuthkeyFile();
  if (authkeyFile !== null) return `${authkeyFile.slice(0, authkeyFile.lastIndexOf("/"))}/groups`;
  throw new TaskError("GROUP_UNUSABLE", "Cannot find groups: there is no XDG_RUNTIME_DIR and no home folder");
}

/** The variable outlives a change of user: who becomes root by `sudo` or `su` may still have another's folder in it. */
function isAnothers(runtime: string): boolean {
  for (const folder of [runtime, `${runtime}/palpable/groups`]) {
    if (Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") continue;
    try {
      return isForeign(Deno.statSync(folder));
    } catch {
      // It is not there, and will be this user's when it is made.
    }
  }
  return false;
}

/** The file with a group's entry. */
export function entryFile(folder: string, group: string): string {
  return `${folder}/${group}.json`;
}

/**
 * Checks that nobody else can put entries in the folder.
 *
 * @returns false when there is no such folder.
 * @throws {TaskError} `GROUP_UNUSABLE`.
 */
export async function isPrivateFolder(folder: string): Promise<boolean> {
  const info = await lstatOrNull(folder);
  if (info === null) return false;
  if (!info.isDirectory) throw new TaskError("GROUP_UNUSABLE", `Cannot use ${folder} for groups: it is no folder`);
  if (isForeign(info)) {
    throw new TaskError("GROUP_UNUSABLE", `Cannot use ${folder} for groups: it belongs to another user`);
  }
  if (isOpenToOthers(info)) {
    throw new TaskError(
      "GROUP_UNUSABLE",
      `Cannot use ${folder} for groups: others have access to it; run "chmod 700 ${folder}"`,
    );
  }
  return true;
}

/**
 * Looks up the server of a group. That there is an entry does not mean that the server still runs.
 *
 * @throws {ServerOffline} when there is no entry, or none that can be read; the message says what to do.
 * @throws {RangeError} when the name cannot be one. @throws {TaskError} `GROUP_UNUSABLE`.
 */
export async function findGroup(group: string): Promise<FoundEntry> {
  requireGroupName(group);
  const folder = groupsFolder();
  const file = entryFile(folder, group);
  const info = await isPrivateFolder(folder) ? await lstatOrNull(file) : null;
  if (info === null) throw await unknownGroup(group, folder);
  return { ...await readEntry(group, file, info), file };
}

async function readEntry(group: string, file: string, info: Deno.FileInfo): Promise<GroupEntry> {
  let problem: string;
  try {
    if (!info.isFile) problem = "it is no regular file";
    else {
      const entry = JSON.parse(await readOwnFile(file, MAX_ENTRY_BYTES));
      const wrong = wrongField(entry, group);
      if (wrong === null) return entry;
      problem = wrong;
    }
  } catch (error) {
    // It went away after it was looked at: the server has stopped just now.
    if (error instanceof Deno.errors.NotFound) throw await unknownGroup(group, file.slice(0, file.lastIndexOf("/")));
    problem = (error as Error).message;
    if (error instanceof NotOwnFile && error.isForeign) {
      throw new TaskError("GROUP_UNUSABLE", `Cannot use ${file}: ${problem}; remove it`, { cause: error });
    }
  }
  throw serverOffline(
    `cannot use the entry of the group "${group}", ${file}: ${problem}; ` +
      "start a server of the group, which replaces it",
  );
}

/** What is wrong with an entry; null when nothing is. */
function wrongField(entry: unknown, group: string): string | null {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return "it is no object";
  const { address, tls, pid, startedAt, ...rest } = entry as Record<string, unknown>;
  if (rest.group !== group) return "group is another";
  if (typeof address !== "string") return "address is no string";
  if (typeof tls !== "boolean") return "tls is no boolean";
  if (!Number.isSafeInteger(pid) || pid as number < 1) return "pid is no process id";
  if (typeof startedAt !== "number") return "startedAt is no number";
  try {
    parseAddress(address);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function unknownGroup(group: string, folder: string): Promise<ServerOffline> {
  const others: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const other = name.endsWith(".json") ? name.slice(0, -".json".length) : "";
      if (other !== group && isGroupName(other)) others.push(other);
    }
  } catch {
    // Without the folder there are none.
  }
  const listed = others.sort().slice(0, MAX_LISTED).join(", ") + (others.length > MAX_LISTED ? ", …" : "");
  return serverOffline(
    `no server of the group "${group}" runs (there is no ${entryFile(folder, group)}); ` +
      (listed === "" ? "there are no groups" : `the groups that are there: ${listed}`),
  );
}

function isGroupName(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text) && text !== "." && text !== "..";
}

async function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
