/**
 * Whether files are what they were when something was made of them: those that were there, and those that were not.
 *
 * To be told that a file is not there costs three times as much as to look at one. A folder's own time says whether
 * anything came into it: the names in it are looked at one by one only when that has changed.
 *
 * @module
 */

import { lstatOrNull, statOrNull } from "./at_path.ts";
import { parentOf } from "./paths.ts";

/** What was looked for in one folder, and was not there. */
interface Absent {
  readonly paths: Set<string>;
  /** Of the folder, when none of them was in it; null when that is to be looked at again. */
  stamp: string | null;
}

/** A folder, of which is remembered what lies in it. */
interface Listed {
  readonly stamp: string;
  /** What lay in it, while its time is too young to tell of what comes next; null then. */
  names: string | null;
}

/** A folder's time may be as coarse as this, in milliseconds: what comes into it later may leave it as it is. */
const COARSE_MS = 2000;

/** What files were. */
export class FileStamps {
  #there = new Map<string, string>();
  #absent = new Map<string, Absent>();
  #listed = new Map<string, Listed>();

  /** Remembers what these are by now. */
  async add(paths: Iterable<string>): Promise<void> {
    await Promise.all(Array.from(paths, async (path) => {
      const stamp = await Deno.stat(path).then(stampOf, () => null);
      if (stamp === null) this.addAbsent([path]);
      else this.#there.set(path, stamp);
    }));
  }

  /** Remembers of these folders when something last came into them, or went. */
  async addListed(folders: Iterable<string>): Promise<void> {
    await Promise.all(Array.from(folders, async (folder) => {
      const info = await Deno.stat(folder).catch(() => null);
      if (info === null) this.addAbsent([folder]);
      else this.#listed.set(folder, { stamp: listingOf(info), names: isSettled(info) ? null : namesIn(folder) });
    }));
  }

  /** Remembers that these were not there, whatever is there by now. */
  addAbsent(paths: Iterable<string>): void {
    for (const path of paths) {
      const folder = parentOf(path);
      const absent = this.#absent.get(folder);
      if (absent === undefined) this.#absent.set(folder, { paths: new Set([path]), stamp: null });
      else absent.paths.add(path);
    }
  }

  /** True while all are what they were. Synchronous: a warm task waits for nothing. */
  areCurrent(): boolean {
    for (const [path, stamp] of this.#there) {
      const info = statOrNull(path);
      if (info === null || stampOf(info) !== stamp) return false;
    }
    for (const [folder, listed] of this.#listed) {
      if (!isListedAs(folder, listed)) return false;
    }
    for (const [folder, absent] of this.#absent) {
      if (!isAbsent(folder, absent)) return false;
    }
    return true;
  }
}

/** What says whether a file is what it was: also which file a link leads to. Of a folder, only which one it is. */
function stampOf({ dev, ino, size, mtime, isDirectory }: Deno.FileInfo): string {
  return isDirectory ? `${dev} ${ino}` : `${dev} ${ino} ${size} ${mtime?.getTime()}`;
}

/** Which folder it is, and when its entries were last others. */
function listingOf({ dev, ino, mtime }: Deno.FileInfo): string {
  return `${dev} ${ino} ${mtime?.getTime()}`;
}

function isListedAs(folder: string, listed: Listed): boolean {
  const info = statOrNull(folder);
  if (info === null || listingOf(info) !== listed.stamp) return false;
  if (listed.names === null) return true;
  // The time is asked for before the names: what comes between the two is seen in the names.
  const settled = isSettled(info);
  if (namesIn(folder) !== listed.names) return false;
  if (settled) listed.names = null;
  return true;
}

/** True once whatever comes into the folder, or goes, changes its time. */
function isSettled({ mtime }: Deno.FileInfo): boolean {
  return Date.now() - (mtime?.getTime() ?? Infinity) > COARSE_MS;
}

/** The names of what lies there. */
function namesIn(folder: string): string | null {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort().join("/");
  } catch {
    return null;
  }
}

function isAbsent(folder: string, absent: Absent): boolean {
  const info = statOrNull(folder);
  if (info === null) return true;
  const stamp = listingOf(info);
  if (stamp === absent.stamp) return true;
  let mayBeKept = isSettled(info);
  for (const path of absent.paths) {
    if (statOrNull(path) !== null) return false;
    // A link that leads nowhere: what it leads to comes into another folder.
    mayBeKept &&= !lstatOrNull(path)?.isSymlink;
  }
  absent.stamp = mayBeKept ? stamp : null;
  return true;
}
