/**
 * What is written to a store's file: blocks and changes, a batch in one transaction, and with it how many there are of each
 * kind.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Change, NewBlock } from "./changes.ts";
import { type Found, NOTHING } from "./checked_reading.ts";
import type { Faults } from "./faults.ts";
import { damaged } from "./file_errors.ts";
import type { Statements } from "./statements.ts";
import { bytesOf, sumOf } from "./sums.ts";

/** Pages without content that are given back to the system with a commit. */
const VACUUM_PAGES = 64;
/** A commit that leaves fewer has nothing to give back. */
const LEAST_FREE_PAGES = 1024;

const KINDS = Object.keys(NOTHING) as (keyof Found)[];
const TALLY = `UPDATE tally SET ${KINDS.map((kind) => `${kind} = ?`).join(", ")}`;

/** What a writer has to do with. */
export interface FileWriterParams {
  path: string;
  db: DatabaseSync;
  statements: Statements;
  faults: Faults;
}

/** Writes to one open file. */
export class FileWriter {
  #path: string;
  #db: DatabaseSync;
  #statements: Statements;
  #faults: Faults;
  #tally: Found = { ...NOTHING };
  /** Arguments of the block of which a task has failed last: others of it may fail in the same batch. */
  #latest: { readonly block: number; readonly inputs: Uint8Array } | null = null;

  constructor({ path, db, statements, faults }: FileWriterParams) {
    this.#path = path;
    this.#db = db;
    this.#statements = statements;
    this.#faults = faults;
  }

  /** So much there is, as it was read. */
  takeUp(tally: Found): void {
    this.#tally = tally;
  }

  /**
   * Writes this much. When it returns it is on the disk.
   *
   * @throws what SQLite throws; the transaction is rolled back.
   */
  write(always: readonly Change[], blocks: readonly NewBlock[]): void {
    const before = { ...this.#tally };
    this.#faults("before begin");
    this.#statements.of("BEGIN IMMEDIATE").run();
    try {
      this.#faults("after begin");
      for (const block of blocks) this.#add(block);
      this.#faults("after blocks");
      for (const change of always) this.#apply(change);
      this.#faults("after always");
      this.#statements.of(TALLY).run(...KINDS.map((kind) => this.#tally[kind]));
      this.#faults("before commit");
      this.#statements.of("COMMIT").run();
    } catch (error) {
      this.#tally = before;
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
    this.#faults("after commit");
    this.#latest = null;
    this.#giveBack();
  }

  #add([id, profile, origin, rows, inputs]: NewBlock): void {
    const bytes = bytesOf(rows);
    this.#statements.of("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(id, profile, sumOf(id, profile, origin, bytes), sumOf(inputs), origin, bytes, inputs);
    this.#tally.blocks++;
  }

  #apply(change: Change): void {
    const tally = this.#tally;
    switch (change[0]) {
      case "profile": {
        const [, id, text] = change;
        this.#statements.of("INSERT INTO profile VALUES (?, ?, ?)").run(id, sumOf(text), text);
        tally.profiles++;
        break;
      }
      case "unused":
        tally.profiles -= this.#changes("DELETE FROM profile WHERE id = ?", change[1]);
        break;
      case "over": {
        const [, block, bits] = change;
        if (bits === null) {
          tally.blocks -= this.#changes("DELETE FROM block WHERE id = ?", block);
          tally.overs -= this.#changes("DELETE FROM over WHERE block = ?", block);
        } else if (
          this.#changes("UPDATE over SET sum = ?, bits = ? WHERE block = ?", sumOf(block, bits), bits, block) === 0
        ) {
          tally.overs += this.#changes("INSERT INTO over VALUES (?, ?, ?)", block, sumOf(block, bits), bits);
        }
        break;
      }
      case "result": {
        const [, id, profile, about, payload] = change;
        const sum = sumOf(id, profile, about, payload);
        tally.results -= this.#changes("DELETE FROM result WHERE id = ?", id);
        tally.results += this.#changes("INSERT INTO result VALUES (?, ?, ?, ?, ?)", id, profile, sum, about, payload);
        break;
      }
      case "taken":
        tally.results -= this.#changes("DELETE FROM result WHERE id = ?", change[1]);
        break;
      case "letter": {
        const [, id, profile, about, payload, of] = change;
        const inputs = of instanceof Uint8Array ? of : this.#inputsIn(...of);
        const sum = sumOf(id, profile, about, payload);
        tally.letters -= this.#changes("DELETE FROM letter WHERE task = ?", id);
        const values = [id, profile, sum, sumOf(inputs), about, payload, inputs];
        tally.letters += this.#changes("INSERT INTO letter VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", ...values);
        break;
      }
      case "letterGone":
        tally.letters -= this.#changes("DELETE FROM letter WHERE task = ?", change[1]);
        break;
      case "revived": {
        const [, id, block, profile, origin, rows] = change;
        const { inputs } = this.#statements.of("SELECT inputs FROM letter WHERE task = ?").get(id) ?? {};
        if (!(inputs instanceof Uint8Array)) throw damaged(this.#path, "a failed task that is to run again");
        this.#add([block, profile, origin, rows, inputs]);
        tally.letters -= this.#changes("DELETE FROM letter WHERE task = ?", id);
        break;
      }
      case "runs":
        this.#put("run", change[1], change[2]);
        break;
      case "schedule":
        this.#put("schedule", change[1], change[2]);
        break;
      case "step":
        this.#put("step", change[1], change[2]);
        break;
      case "steps": {
        // No byte of a name is 255.
        const behind = new Uint8Array([...change[1], 255]);
        tally.steps -= this.#changes("DELETE FROM step WHERE id > ? AND id < ?", change[1], behind);
      }
    }
  }

  /** What is kept under an id from now on; null for nothing. */
  #put(table: "run" | "schedule" | "step", id: string | Uint8Array, value: string | Uint8Array | null): void {
    const kind = `${table}s` as const;
    this.#tally[kind] -= this.#changes(`DELETE FROM ${table} WHERE id = ?`, id);
    if (value === null) return;
    this.#tally[kind] += this.#changes(`INSERT INTO ${table} VALUES (?, ?, ?)`, id, sumOf(id, value), value);
  }

  #inputsIn(block: number, start: number, length: number): Uint8Array {
    if (this.#latest?.block !== block) {
      const { inputs } = this.#statements.of("SELECT inputs FROM block WHERE id = ?").get(block) ?? {};
      if (!(inputs instanceof Uint8Array)) throw damaged(this.#path, `the arguments in block ${block}`);
      this.#latest = { block, inputs };
    }
    const { inputs } = this.#latest;
    if (start + length > inputs.length) throw damaged(this.#path, `the arguments in block ${block}`);
    return inputs.subarray(start, start + length);
  }

  /** What is empty in the file goes back to the system, a little at a time. */
  #giveBack(): void {
    const { freelist_count: free } = this.#statements.of("PRAGMA freelist_count").get() as { freelist_count: number };
    if (free > LEAST_FREE_PAGES) this.#statements.of(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`).all();
  }

  #changes(sql: string, ...values: (number | string | Uint8Array)[]): number {
    return Number(this.#statements.of(sql).run(...values).changes);
  }
}
