/**
 * The file of a store, as the thread that owns it sees it: opened, checked, written to where there is room. It blocks its
 * thread.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { TaskError } from "../../core/errors.ts";
import type { Later } from "../../core/later.ts";
import type { Batch, FileOptions, KeptPage } from "./changes.ts";
import { compareTally, readAll, type Reader } from "./checked_reading.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { damaged, isFull, isLocked, refusalOf, unusable } from "./file_errors.ts";
import { FileWriter } from "./file_writer.ts";
import { FreeSpace } from "./free_space.ts";
import { HotCopy } from "./hot_copy.ts";
import { identityOf } from "./identity.ts";
import { OwnerFile } from "./owner_file.ts";
import { Pages } from "./pages.ts";
import { APPLICATION_ID, migrate, VERSION } from "./schema.ts";
import { Statements } from "./statements.ts";
import { sumOf } from "./sums.ts";

/** Pages of the log that are put into the file at a commit: 16 MiB. */
const CHECKPOINT_PAGES = 4096;
/** The log's file is cut to this, however long it has been. */
const LOG_BYTES = 64 * 2 ** 20;

/** An open file, which nobody else has. */
export class StoreFile {
  #path: string;
  #db: DatabaseSync;
  #owner: OwnerFile;
  #space: FreeSpace;
  #copies: HotCopy;
  #statements: Statements;
  #writer: FileWriter;

  private constructor({ path, leastFreeBytes, ballastBytes }: FileOptions, db: DatabaseSync, faults: Faults) {
    this.#path = path;
    this.#db = db;
    this.#owner = new OwnerFile(path);
    this.#space = new FreeSpace(path, leastFreeBytes, ballastBytes);
    this.#statements = new Statements(db);
    this.#writer = new FileWriter({ path, db, statements: this.#statements, faults });
    this.#copies = new HotCopy(db, path, CHECKPOINT_PAGES);
  }

  /**
   * Opens a file, and makes one where there is none.
   *
   * @throws {TaskError} `STORE_UNUSABLE` or `STORE_IN_USE`, naming the file and what to do.
   */
  static open(options: FileOptions, faults: Faults = NO_FAULTS): StoreFile {
    const { path } = options;
    requirePlace(path);
    let file: StoreFile | null = null;
    try {
      file = new StoreFile(options, new DatabaseSync(path), faults);
      file.#prepare();
      return file;
    } catch (error) {
      try {
        if (file !== null) file.#db.close();
      } catch {
        // What went wrong before says more.
      }
      if (isLocked(error)) throw new OwnerFile(path).inUse(path, error);
      throw refusalOf(path, error);
    }
  }

  #prepare(): void {
    const db = this.#db;
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA busy_timeout = 0;");
    // The lock is taken with the first write; reading what the file is writes nothing to that of another program.
    const { application_id: application } = this.#one("PRAGMA application_id");
    const { user_version: version } = this.#one("PRAGMA user_version");
    const { n: tables } = this.#one("SELECT count(*) AS n FROM sqlite_schema");
    const isNew = application === 0 && version === 0 && tables === 0;
    if (!isNew && application !== APPLICATION_ID) {
      throw unusable(this.#path, "it is the database of another program", "name another file");
    }
    if (version > VERSION) {
      const why = `a newer server has written it (version ${version}; this one knows ${VERSION})`;
      throw unusable(this.#path, why, "start that, or name another file");
    }
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
       PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;`,
    );
    db.prepare("BEGIN IMMEDIATE").run();
    db.prepare("COMMIT").run();
    migrate(db, version);
    this.#owner.write();
    this.#space.keepBallast();
  }

  /**
   * Reads all that there is, and gives it page by page, which store it is first.
   *
   * @throws {TaskError} `STORE_UNUSABLE` when anything is not as it was written.
   */
  read(onPage: (page: KeptPage) => void): void {
    try {
      onPage({ identity: identityOf(this.#db, this.#path) });
      const pages = new Pages(onPage);
      const reader: Reader = {
        onProfile: (id, text) => pages.onProfile(id, text),
        onBlock: (block) => pages.onBlock(block),
        onResult: (result) => pages.onResult(result),
        onLetter: (letter) => pages.onLetter(letter),
        onRuns: (runs) => pages.onRuns(runs),
        onSchedule: (schedule) => pages.onSchedule(schedule),
        onStep: (step) => pages.onStep(step),
        onDamage: (what, cause) => {
          throw damaged(this.#path, what, cause);
        },
      };
      this.#writer.takeUp(compareTally(this.#db, readAll(this.#db, reader), reader));
      pages.flush();
    } catch (error) {
      throw refusalOf(this.#path, error);
    }
  }

  /**
   * Writes a batch. When this returns it is on the disk; what it says of blocks is whether they had room.
   *
   * @throws what SQLite throws: nothing can be written any more, but for a full disk, of which nothing was written.
   */
  commit({ always, blocks }: Batch): "written" | "full" {
    const hasRoom = blocks.length === 0 || this.#space.hasRoom;
    if (hasRoom) {
      try {
        this.#writer.write(always, blocks);
        return "written";
      } catch (error) {
        if (!isFull(error)) throw error;
      }
    }
    if (always.length === 0) return "full";
    try {
      this.#writer.write(always, []);
    } catch (error) {
      if (!isFull(error) || !this.#space.giveUpBallast()) throw error;
      this.#writer.write(always, []);
    }
    return blocks.length === 0 ? "written" : "full";
  }

  /** The arguments in blocks. @throws {TaskError} when they are not as they were written. */
  inputs(blocks: readonly number[]): Uint8Array[] {
    return blocks.map((id) => {
      const row = this.#statements.of("SELECT input_sum, inputs FROM block WHERE id = ?").get(id);
      if (row === undefined || sumOf(row.inputs as Uint8Array) !== row.input_sum) {
        throw damaged(this.#path, `the arguments in block ${id}`);
      }
      return row.inputs as Uint8Array;
    });
  }

  /** What a dead letter has failed with; null where there is none. @throws {TaskError} when it is not as it was written. */
  errorOf(letter: Uint8Array): Uint8Array | null {
    const row = this.#statements.of("SELECT profile, sum, about, payload FROM letter WHERE task = ?").get(letter);
    if (row === undefined) return null;
    const payload = row.payload as Uint8Array;
    if (sumOf(letter, row.profile as number, row.about as string, payload) !== row.sum) {
      throw damaged(this.#path, "what a failed task has ended with");
    }
    return payload;
  }

  /** Copies what is committed to a new file while commits go on: see {@linkcode HotCopy.begin}. */
  copyTo(path: string): Promise<number> {
    return this.#copies.begin(path);
  }

  /** Gives up the copy that is under way. */
  cancelCopy(): Later<unknown> {
    return this.#copies.cancel();
  }

  /** Closes it: all is in the one file then. */
  close(): void {
    this.#space.giveUpBallast();
    // First: who finds the lock free and this file here would only name the wrong one.
    this.#owner.remove();
    this.#db.close();
    this.#copies.close();
  }

  #one(sql: string): Record<string, number> {
    return this.#db.prepare(sql).get() as Record<string, number>;
  }
}

/** What SQLite says of all that is only that it cannot open it. */
function requirePlace(path: string): void {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  try {
    if (!Deno.statSync(folder).isDirectory) throw unusable(path, `${folder} is no folder`, "name a file in a folder");
  } catch (error) {
    if (error instanceof TaskError) throw error;
    if (!(error instanceof Deno.errors.NotFound)) throw refusalOf(path, error);
    throw unusable(path, `there is no folder ${folder}`, "make it, or name a file in another");
  }
  try {
    if (!Deno.statSync(path).isFile) throw unusable(path, "it is no file", "name a file");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw refusalOf(path, error);
    // Its arguments and results are this user's.
    try {
      Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw refusalOf(path, error);
      // Another server may have made it just now; whose it is then is found out with the lock.
      if (!Deno.lstatSync(path).isSymlink) return;
      throw unusable(path, "it is a link that leads nowhere", "mend the link, or name the file itself");
    }
  }
}
