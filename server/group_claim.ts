/**
 * A server's hold on the name of its group: no two servers have the same.
 *
 * Holding is a lock on a file beside the entry. The system gives it to one process only, and takes it back however that
 * process ends, so what is left of a killed server is in nobody's way, and no process id has to be judged.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { type Address, formatAddress, localAddress } from "../wire/address.ts";
import { entryFile, findGroup, type GroupEntry, groupsFolder, isPrivateFolder } from "../client/group_entry.ts";

/** The one right to a group's entry. */
export class GroupClaim implements AsyncDisposable {
  readonly group: string;
  /** Where the entry is. */
  readonly file: string;
  #lock: Deno.FsFile;
  #lockFile: string;
  #written: string | null = null;
  #released: Promise<void> | null = null;

  private constructor(group: string, folder: string, lock: Deno.FsFile) {
    this.group = group;
    this.file = entryFile(folder, group);
    this.#lock = lock;
    this.#lockFile = lockFile(folder, group);
  }

  /**
   * Takes the name.
   *
   * @throws {TaskError} `GROUP_IN_USE` when a live server holds it; `GROUP_UNUSABLE` when there is no place for entries.
   */
  static async take(group: string): Promise<GroupClaim> {
    const folder = groupsFolder();
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await isPrivateFolder(folder);
      const lock = await lockAt(lockFile(folder, group));
      if (lock !== null) return new GroupClaim(group, folder, lock);
    } catch (error) {
      if (error instanceof TaskError) throw error;
      throw new TaskError("GROUP_UNUSABLE", `Cannot use ${folder} for groups: ${(error as Error).message}`, {
        cause: error,
      });
    }
    throw await groupInUse(group, folder);
  }

  /** Tells clients where the server listens, all at once: whatever entry was there is of a server that is gone. */
  async publish(bound: Address, { tls, now }: { tls: boolean; now: number }): Promise<void> {
    const address = formatAddress(localAddress(bound));
    const entry: GroupEntry = { group: this.group, address, tls, pid: Deno.pid, startedAt: now };
    const text = JSON.stringify(entry) + "\n";
    const aside = `${this.file.slice(0, -".json".length)}.new`;
    // A server that was killed may have left it; the mode is that of a new file only.
    await Deno.remove(aside).catch(() => {});
    await Deno.writeTextFile(aside, text, { mode: 0o600, createNew: true });
    await Deno.rename(aside, this.file);
    this.#written = text;
  }

  /** Removes the entry and gives up the name. Doing so twice is fine. */
  release(): Promise<void> {
    return this.#released ??= this.#release();
  }

  async #release(): Promise<void> {
    try {
      // Somebody who removed the lock's file by hand may have started another server, whose entry this is then.
      if (this.#written !== null && await textOf(this.file) === this.#written) await Deno.remove(this.file);
      if (Deno.build.os !== "windows" && await isAt(this.#lock, this.#lockFile)) await Deno.remove(this.#lockFile);
    } finally {
      this.#lock.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

function lockFile(folder: string, group: string): string {
  return `${folder}/${group}.lock`;
}

/** Locks a file, made if need be; null when another process, or another server of this one, has the lock. */
async function lockAt(path: string): Promise<Deno.FsFile | null> {
  for (;;) {
    await requireFile(path);
    const lock = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
    let isOurs = false;
    try {
      if (!await lock.tryLock(true)) return null;
      // Who held it before may have removed the file: a lock on what has no name any more keeps nobody out.
      isOurs = await isAt(lock, path);
      if (isOurs) return lock;
    } finally {
      if (!isOurs) lock.close();
    }
  }
}

/** Opening something else may wait for ever. Nobody but this user puts anything there. */
async function requireFile(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => null);
  if (info !== null && !info.isFile) throw new Error(`${path} is no regular file; remove it`);
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whether the open file is the one at the path. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [open, named] = await Promise.all([file.stat(), Deno.stat(path)]);
    return open.ino === named.ino && open.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function groupInUse(group: string, folder: string): Promise<TaskError> {
  // There is no entry yet while the other one is starting.
  const entry = await findGroup(group).catch(() => null);
  const holder = entry === null ? "another server holds it" : `process ${entry.pid} serves it at ${entry.address}`;
  return new TaskError(
    "GROUP_IN_USE",
    `Cannot start a server of the group "${group}": ${holder} (${
      entryFile(folder, group)
    }); stop it, or use another name`,
  );
}
