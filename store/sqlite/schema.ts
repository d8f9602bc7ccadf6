/**
 * What the file is, and how an older one becomes one of today.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { IDENTITY } from "./identity.ts";

/** Says in the head of the file whose it is: "Palp". */
export const APPLICATION_ID = 0x50616c70;

/** What each version adds to the one before. A version that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE profile (id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
  -- What is long comes last: SQLite reads a row as far as it is asked for.
  CREATE TABLE block (
    id INTEGER PRIMARY KEY, profile INTEGER NOT NULL, sum INTEGER NOT NULL, input_sum INTEGER NOT NULL,
    origin TEXT NOT NULL, rows BLOB NOT NULL, inputs BLOB NOT NULL
  ) STRICT;
  CREATE TABLE over (block INTEGER PRIMARY KEY, sum INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;
  CREATE TABLE result (
    id BLOB PRIMARY KEY, profile INTEGER NOT NULL, sum INTEGER NOT NULL, about TEXT NOT NULL, payload BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- How many there are of each: what a damaged page has swallowed is missed.
  CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1), profiles INTEGER NOT NULL, blocks INTEGER NOT NULL, overs INTEGER NOT NULL,
    results INTEGER NOT NULL
  ) STRICT;
  INSERT INTO tally VALUES (1, 0, 0, 0, 0);
  `,
  `
  -- Of tasks that have begun and are not over.
  CREATE TABLE run (id BLOB PRIMARY KEY, sum INTEGER NOT NULL, about TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE schedule (id TEXT PRIMARY KEY, sum INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
  ALTER TABLE tally ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tally ADD COLUMN schedules INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What tasks have recorded that may run again: the id is the task's, with the name of the step behind it.
  CREATE TABLE step (id BLOB PRIMARY KEY, sum INTEGER NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  ALTER TABLE tally ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Failed tasks that are kept to be run again.
  CREATE TABLE letter (
    id INTEGER PRIMARY KEY, task BLOB NOT NULL UNIQUE, profile INTEGER NOT NULL, sum INTEGER NOT NULL,
    input_sum INTEGER NOT NULL, about TEXT NOT NULL, payload BLOB NOT NULL, inputs BLOB NOT NULL
  ) STRICT;
  ALTER TABLE tally ADD COLUMN letters INTEGER NOT NULL DEFAULT 0;
  `,
  IDENTITY,
];

/** The version from which on runs and schedules are kept. */
export const RUNS_SINCE = 2;

/** The version from which on steps are kept. */
export const STEPS_SINCE = 3;

/** The version from which on there are dead letters. */
export const LETTERS_SINCE = 4;

/** The version that this program writes. */
export const VERSION = MIGRATIONS.length;

/** Makes a file one of today, all at once or not at all. `from` is 0 for a new one. */
export function migrate(db: DatabaseSync, from: number): void {
  if (from === VERSION) return;
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    for (const migration of MIGRATIONS.slice(from)) db.exec(migration);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION};`);
    db.prepare("COMMIT").run();
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
