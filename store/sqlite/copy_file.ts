/**
 * A copy of a store on its way to a name that nothing has: it gets that name when all of it is on the disk. A program that is
 * killed meanwhile leaves it beside that, as `NAME-part-…`.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { drawIdentity } from "./identity.ts";

/** Bytes that may be on their way to the disk: what else is written waits for these, the store's commits too. */
const BETWEEN_SYNCS = 8 * 2 ** 20;

/** What SQLite looks for beside a file, and would take for a part of it. */
const BESIDE = ["-wal", "-journal", "-shm"];

/** A file that is being written. */
export class CopyFile {
  #path: string;
  #part: string;
  #file: Deno.FsFile;
  #unsynced = 0;

  private constructor(path: string, part: string, file: Deno.FsFile) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /**
   * Makes one that is to have so many bytes; the path is what it leads to.
   *
   * @throws {Error} saying what is wrong with the place and what to do.
   */
  static async create(path: string, bytes: number): Promise<CopyFile> {
    requirePlace(path, bytes);
    const part = `${path}-part-${crypto.randomUUID().slice(0, 8)}`;
    // Arguments and results of tasks are this user's.
    const copy = new CopyFile(path, part, await Deno.open(part, { write: true, createNew: true, mode: 0o600 }));
    if (await Deno.realPath(part) === part) return copy;
    await copy.discard();
    throw new Error(`${folderOf(path)} leads somewhere else by now; name the folder itself`);
  }

  /** Writes more. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    this.#unsynced += bytes.length;
    if (this.#unsynced < BETWEEN_SYNCS) return;
    await this.#file.syncData();
    this.#unsynced = 0;
  }

  /** All of it is there: makes it a store of its own, and gives it its name. */
  async finish(): Promise<void> {
    drawIdentity(this.#part);
    await this.#file.sync();
    this.#file.close();
    await giveName(this.#part, this.#path);
    await syncFolder(folderOf(this.#path));
  }

  /** It is not to be. */
  async discard(): Promise<void> {
    try {
      this.#file.close();
    } catch {
      // It was closed before.
    }
    for (const suffix of ["", ...BESIDE]) await Deno.remove(this.#part + suffix).catch(() => {});
  }
}

/** Unlike renaming, linking never takes the place of what somebody has put there meanwhile. */
async function giveName(part: string, path: string): Promise<void> {
  try {
    await Deno.link(part, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw new Error(THERE);
    // Not every file system has links.
    requireNothingAt(path);
    return await Deno.rename(part, path);
  }
  await Deno.remove(part);
}

/** So that a name lasts. */
async function syncFolder(path: string): Promise<void> {
  // A folder cannot be opened there.
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

const THERE = "it is there already; name a new file";

function requirePlace(path: string, bytes: number): void {
  const folder = folderOf(path);
  if (!isFolder(folder)) throw new Error(`there is no folder ${folder}; make it, or name a file in another`);
  requireNothingAt(path);
  for (const suffix of BESIDE) {
    if (isThere(path + suffix)) {
      throw new Error(`${path}${suffix} is there, which a server would take for a part of it; name another file`);
    }
  }
  const free = freeBytes(folder);
  if (free >= bytes) return;
  throw new Error(`it takes ${megabytes(bytes)}, and its disk has ${megabytes(free)}; make room, or name another disk`);
}

function requireNothingAt(path: string): void {
  if (isThere(path)) throw new Error(THERE);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A system that does not say has enough, until it is full. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return Number(bavail) * Number(bsize);
  } catch {
    return Infinity;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
