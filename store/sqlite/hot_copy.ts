/**
 * Copies of a store's file, made while it is written to.
 *
 * What is committed is put into the file first, and nothing more until the copy is done: what comes meanwhile stays in the
 * log. So the file does not change while it is read, and is what the store was when the copy began. It is written on
 * another thread, a piece at a time: commits go on meanwhile, and wait for the reading of one piece at most.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Later } from "../../core/later.ts";
import { CopyFile } from "./copy_file.ts";

/** Bytes that are read at once. */
const PIECE = 256 * 1024;

/** Of one open store. */
export class HotCopy {
  #db: DatabaseSync;
  #path: string;
  #checkpointPages: number;
  /**
   * The store's file, to be read. It stays open as long as the database: a process that closes any handle of a file gives up
   * its locks of it, SQLite's too. For the same reason it is read at once, and not by promises: behind these Deno makes
   * another handle, and closes it.
   */
  #source: Deno.FsFile | null = null;
  #running: Promise<unknown> | null = null;
  #isCancelled = false;

  /** `checkpointPages` is how long the log may be otherwise. */
  constructor(db: DatabaseSync, path: string, checkpointPages: number) {
    this.#db = db;
    this.#path = path;
    this.#checkpointPages = checkpointPages;
  }

  /**
   * Begins a copy of all that is committed, under a name that nothing has; resolves with its bytes once it is on the disk.
   * When it fails, nothing is under that name. One at a time.
   *
   * @throws what SQLite throws when it cannot put the log into the file: before anything is copied.
   */
  begin(to: string): Promise<number> {
    this.#db.exec("PRAGMA wal_autocheckpoint = 0");
    try {
      this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      const { page_count: pages } = this.#db.prepare("PRAGMA page_count").get() as { page_count: number };
      const { page_size: bytes } = this.#db.prepare("PRAGMA page_size").get() as { page_size: number };
      const running = this.#run(to, pages * bytes).finally(() => this.#end());
      this.#running = running.catch(() => {});
      return running;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** Gives up the copy that is under way: at once, or when nothing of it is left. */
  cancel(): Later<unknown> {
    this.#isCancelled = true;
    return this.#running ?? undefined;
  }

  /** Behind the end of the database. */
  close(): void {
    this.#source?.close();
    this.#source = null;
  }

  async #run(to: string, bytes: number): Promise<number> {
    this.#source ??= Deno.openSync(this.#path, { read: true });
    this.#source.seekSync(0, Deno.SeekMode.Start);
    const copy = await CopyFile.create(to, bytes);
    try {
      const piece = new Uint8Array(PIECE);
      for (let left = bytes; left > 0;) {
        if (this.#isCancelled) throw new Error("the server stops");
        const count = this.#source.readSync(piece.subarray(0, Math.min(left, PIECE)));
        if (count === null) throw new Error(`${this.#path} is shorter than it should be, by ${left} bytes`);
        await copy.write(piece.subarray(0, count));
        left -= count;
      }
      await copy.finish();
      return bytes;
    } catch (error) {
      await copy.discard();
      throw error;
    }
  }

  #end(): void {
    this.#running = null;
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${this.#checkpointPages}`);
  }
}
