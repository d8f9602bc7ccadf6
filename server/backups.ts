/**
 * Copies of the store's file, made while the server runs: for the program that the server is part of, under any name; for
 * clients where a task of theirs might write, or beside the store.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { excess, NO_PERMISSIONS, type PermissionSet } from "../core/permissions.ts";
import { showValue } from "../core/show_value.ts";
import { canonicalPath } from "../host/canonical_path.ts";
import type { Denied } from "../host/denied.ts";
import { inFolder, liesIn, liesInAny, parentOf } from "../host/paths.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";
import type { Calls } from "../wire/message.ts";
import { storePath } from "./open_store.ts";
import type { ServerLog } from "./server_log.ts";
import { invalid, object, text } from "./shapes.ts";

/** A copy. */
export interface Backup {
  /** Its path, links resolved. */
  readonly file: string;
  /** How long it is. */
  readonly bytes: number;
}

/** What backups have to do with. */
export interface BackupsParams {
  /** Null where nothing is kept beyond the server. */
  store: Pick<SqliteStore, "path" | "copyTo"> | null;
  ceiling: PermissionSet;
  denied: Denied;
  log: Pick<ServerLog, "write">;
}

/** Makes them, one at a time. */
export class Backups {
  #params: BackupsParams;
  #isUnderWay = false;
  #isOver = false;

  constructor(params: BackupsParams) {
    this.#params = params;
  }

  /**
   * Copies all that was acknowledged until now into a new file; resolves when it is on the disk. A path that is relative begins
   * at the server's working folder.
   *
   * @throws {TaskError} `NO_STORE`, `BACKUP_FAILED` or `SERVER_STOPPING`: nothing is under that name then.
   */
  async make(file: string): Promise<Backup> {
    requirePath(file);
    const store = this.#requireStore();
    const path = placeOf(file);
    if (path === store.path) throw failed(path, "it is the store itself; name a new file");
    if (path.startsWith(`${store.path}-`)) {
      throw failed(path, `the store keeps names that begin with ${store.path}- for itself; name another file`);
    }
    if (this.#isUnderWay) throw failed(path, "another backup is under way; try again when it is done");
    this.#isUnderWay = true;
    try {
      const bytes = await store.copyTo(path);
      this.#params.log.write("Server", "info", `Backed the store up to ${path}: ${bytes} bytes`);
      return { file: path, bytes };
    } catch (error) {
      throw this.#isOver ? stopping() : failed(path, (error as Error).message);
    } finally {
      this.#isUnderWay = false;
    }
  }

  /**
   * The same for a client, which the server is not to lend rights that no task of it could have.
   *
   * @throws {TaskError} `NOT_ALLOWED` too, and `INVALID_REQUEST`.
   */
  async makeFor(body: unknown): Promise<Calls["backup"]["reply"]> {
    const file = text(object(body, "backup").file, "backup.file");
    if (file.includes("\0")) throw invalid("backup.file must be a path: it has a zero byte");
    const store = this.#requireStore();
    const path = placeOf(file);
    const { ceiling, denied } = this.#params;
    const folder = parentOf(store.path);
    const isBeside = liesIn(path, folder);
    const isWritable = excess({ ...NO_PERMISSIONS, write: [path] }, ceiling).length === 0;
    const isOwn = path !== store.path && liesInAny(path, denied.places.map((place) => place.path));
    if (isOwn || (!isBeside && !isWritable)) {
      const why = isOwn ? "the server keeps that place for itself" : "its ceiling lets no task write there";
      const remedy = `name a file in ${folder}, or one that a task may write`;
      throw new TaskError("NOT_ALLOWED", `Cannot back the store up to ${path}: ${why}; ${remedy}`);
    }
    const { bytes } = await this.make(path);
    return [path, bytes];
  }

  /** The server stops: no backup begins any more. One that is under way is given up when the store closes. */
  quiet(): void {
    this.#isOver = true;
  }

  #requireStore(): NonNullable<BackupsParams["store"]> {
    const { store } = this.#params;
    if (this.#isOver) throw stopping();
    if (store !== null) return store;
    throw new TaskError(
      "NO_STORE",
      "Cannot make a backup: the server keeps nothing; start it with a store (--store FILE)",
    );
  }
}

function requirePath(file: unknown): void {
  if (typeof file === "string" && file !== "" && !file.includes("\0")) return;
  throw new TypeError(`Cannot back the store up to ${showValue(file)}: give the path of a new file`);
}

/** Its folder is what it leads to; the file itself is not to be there, and may be a link that leads nowhere. */
function placeOf(file: string): string {
  const path = file.startsWith("/") ? file : `${Deno.cwd()}/${file}`;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "" || name === "." || name === "..") return storePath(path);
  return inFolder(canonicalPath(parentOf(path)), name);
}

function failed(path: string, why: string): TaskError {
  return new TaskError("BACKUP_FAILED", `Cannot back the store up to ${path}: ${why}`);
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "Cannot make a backup: the server is stopping");
}
