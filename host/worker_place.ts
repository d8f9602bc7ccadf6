/**
 * Where worker processes connect to: a place that only this user can reach.
 *
 * A port on loopback is open to everybody on the machine, and command lines tell which it is. So the socket is a file
 * in a folder that is closed to others. The folder is left behind when the server is killed; the next one sweeps it
 * out, and knows by a lock, which the system takes back from whoever dies, that its server is gone. Windows has no such
 * sockets: there it is a port on loopback, and this is the one place that decides so.
 *
 * @module
 */

import { lstatOrNull } from "./at_path.ts";
import { placesFolders, removeQuietly } from "./places_folder.ts";
import type { WorkerDoor } from "./worker_door.ts";
import { isForeign } from "../client/owner.ts";

/** Begins the names of the folders. */
export const PLACE_PREFIX = "palpable-workers-";

const SOCKET = "socket";
const LOCK = "lock";

/** A socket that listens. */
interface OpenPlace {
  listener: Deno.Listener;
  door: WorkerDoor;
  /** Held as long as the place is in use; null for a port. */
  lock: Deno.FsFile | null;
}

/** The socket of a server's workers, with what is around it. */
export class WorkerPlace {
  /** The socket, listening. */
  readonly listener: Deno.Listener;
  /** Called with another socket to accept from when the first can be found no more. */
  onMoved: (listener: Deno.Listener) => void = () => {};
  #door: WorkerDoor;
  /** With those that were moved away from: processes may be on their way in. */
  #open: OpenPlace[];
  #folders: string[] = [];
  /** Where the ways in for single processes are; null before the first. */
  #links: string | null = null;
  #linkCount = 0;
  #isClosed = false;

  private constructor(place: OpenPlace) {
    this.listener = place.listener;
    this.#door = place.door;
    this.#open = [place];
    if (place.door.folder !== null) this.#folders.push(place.door.folder);
  }

  /** Makes the place, and listens there. Throws what the system says when it cannot. */
  static open(): WorkerPlace {
    return new WorkerPlace(Deno.build.os === "windows" ? listenOnLoopback() : listenInFolder());
  }

  /**
   * Where the next process connects to. Somebody may have cleared the folder of temporary files, or the user has logged
   * out and the system has removed the runtime folder: then it is another place from now on.
   *
   * Throws what the system says when there can be none.
   */
  door(): WorkerDoor {
    const { folder, path } = this.#door;
    if (folder === null || this.#isClosed || isOwnSocket(path!)) return this.#door;
    const place = listenInFolder();
    this.#open.push(place);
    this.#door = place.door;
    this.#folders.push(place.door.folder!);
    this.onMoved(place.listener);
    return place.door;
  }

  /** A way in for one process that is denied the folder; the process removes it. */
  link(): string {
    const info = this.#links === null ? null : lstatOrNull(this.#links);
    if (info === null || isForeign(info)) this.#makeLinks();
    const path = `${this.#links}/${++this.#linkCount}`;
    Deno.symlinkSync(this.#door.path!, path);
    return path;
  }

  /** The path of such a way, for a process that has a folder of its own mounted there, and the link in it. */
  linkBehindWall(): string {
    const info = this.#links === null ? null : lstatOrNull(this.#links);
    if (info === null || isForeign(info)) this.#makeLinks();
    return `${this.#links}/way`;
  }

  /** Removes what is on the disk, and listens no more. Closing twice is fine. */
  close(): void {
    this.#isClosed = true;
    for (const { listener, lock } of this.#open.splice(0)) {
      closeQuietly(listener);
      lock?.close();
    }
    for (const folder of this.#folders.splice(0)) removeQuietly(folder);
  }

  /**
   * Not in the socket's own folder, which the processes that come by a link are denied; and in the last of the folders
   * for places, `/tmp` as a rule: of those before, more may be denied to a task that may write around what the server
   * keeps.
   */
  #makeLinks(): void {
    this.#links = Deno.makeTempDirSync({ dir: placesFolders().at(-1), prefix: LINKS_PREFIX });
    // As a text: a link would lead to the socket whoever may read and write here, for as long as the server lives.
    Deno.writeTextFileSync(`${this.#links}/${OF_PLACE}`, this.#door.folder!, { createNew: true, mode: 0o600 });
    this.#folders.unshift(this.#links);
  }
}

function listenOnLoopback(): OpenPlace {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { listener, door: { address: `127.0.0.1:${listener.addr.port}`, folder: null, path: null }, lock: null };
}

function listenInFolder(): OpenPlace {
  let failure: unknown = new Error("neither XDG_RUNTIME_DIR nor TMPDIR nor /tmp can be trusted with a socket");
  for (const dir of placesFolders()) {
    let folder: string | null = null;
    let lock: Deno.FsFile | null = null;
    try {
      folder = Deno.makeTempDirSync({ dir, prefix: PLACE_PREFIX });
      const path = `${folder}/${SOCKET}`;
      // The lock before the socket: one without the other was left behind.
      lock = Deno.openSync(`${folder}/${LOCK}`, { createNew: true, write: true, mode: 0o600 });
      lock.tryLockSync(true);
      const listener = Deno.listen({ transport: "unix", path });
      return { listener, door: { address: `unix:${path}`, folder, path }, lock };
    } catch (error) {
      failure = error;
      lock?.close();
      if (folder !== null) removeQuietly(folder);
    }
  }
  throw new Error(`Cannot make a place for workers: ${(failure as Error).message}`, { cause: failure });
}

function isOwnSocket(path: string): boolean {
  const info = lstatOrNull(path);
  return info !== null && info.isSocket === true && !isForeign(info);
}

/** Begins the names of the folders with ways in for single processes. */
const LINKS_PREFIX = "palpable-ways-";

/** In such a folder: which place it belongs to. */
const OF_PLACE = "place";

/** Milliseconds after which a folder without a socket was left behind: it gets one at once. */
const BARE_MS = 60_000;

/** Removes what servers of this user left behind that were killed. Whatever cannot be judged stays. */
export async function sweepPlaces(): Promise<void> {
  if (Deno.build.os === "windows") return;
  for (const base of placesFolders()) {
    try {
      for await (const { name, isDirectory } of Deno.readDir(base)) {
        if (!isDirectory) continue;
        if (name.startsWith(PLACE_PREFIX)) sweep(`${base}/${name}`, isDead);
        else if (name.startsWith(LINKS_PREFIX)) sweep(`${base}/${name}`, isOfDead);
      }
    } catch {
      // What may not be looked at is not ours to remove.
    }
  }
}

function sweep(folder: string, isLeft: (folder: string) => boolean): void {
  const info = lstatOrNull(folder);
  if (info !== null && !isForeign(info) && isLeft(folder)) removeQuietly(folder);
}

/** True when the place that a folder of links belongs to is dead. */
function isOfDead(links: string): boolean {
  try {
    const path = `${links}/${OF_PLACE}`;
    // A link where an earlier release made it.
    return isDead(lstatOrNull(path)?.isFile ? Deno.readTextFileSync(path) : Deno.readLinkSync(path));
  } catch {
    const info = lstatOrNull(links);
    return info !== null && isOld(info);
  }
}

/** True when no server can have the place any more. */
function isDead(place: string): boolean {
  const info = lstatOrNull(place);
  if (info === null) return true;
  // It is being made, or was being removed.
  if (lstatOrNull(`${place}/${SOCKET}`) === null) return isOld(info);
  try {
    using lock = Deno.openSync(`${place}/${LOCK}`, { write: true });
    return lock.tryLockSync(true);
  } catch {
    return false;
  }
}

function isOld({ mtime }: Deno.FileInfo): boolean {
  return Date.now() - (mtime?.getTime() ?? Infinity) > BARE_MS;
}

function closeQuietly(listener: Deno.Listener): void {
  try {
    listener.close();
  } catch {
    // Whoever accepted from it has closed it.
  }
}
