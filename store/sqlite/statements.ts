/**
 * Statements of one database, each prepared once.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** By their text. */
export class Statements {
  #db: DatabaseSync;
  #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The statement with this text. */
  of(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) this.#prepared.set(sql, statement = this.#db.prepare(sql));
    return statement;
  }
}
