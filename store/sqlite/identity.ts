/**
 * What tells one store from another, also from a copy of it: a word that each draws by chance. It stands in two places, of
 * which one is written with each commit and the other never again: where a log was left beside a file that is not its own,
 * since a backup was put back there, the two differ.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { unusable } from "./file_errors.ts";

/** What a file has of it. */
export const IDENTITY = `
  CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
  INSERT INTO identity VALUES (1, lower(hex(randomblob(16))));
  ALTER TABLE tally ADD COLUMN store TEXT NOT NULL DEFAULT '';
  UPDATE tally SET store = (SELECT id FROM identity);
`;

/**
 * That of an open file.
 *
 * @throws {TaskError} `STORE_UNUSABLE` when parts of it are another's.
 */
export function identityOf(db: DatabaseSync, path: string): string {
  const row = db.prepare("SELECT id, store FROM identity, tally").get() as { id: string; store: string } | undefined;
  if (row !== undefined && row.id === row.store) return row.id;
  throw unusable(
    path,
    "its latest changes are those of another store: a backup was put back while the files of that were beside it",
    `move ${path}-wal away, and put the backup back again`,
  );
}

/** A copy that nobody has yet is a store of its own. Whoever made it has it written to the disk. */
export function drawIdentity(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;
      BEGIN IMMEDIATE;
      UPDATE identity SET id = lower(hex(randomblob(16)));
      UPDATE tally SET store = (SELECT id FROM identity);
      COMMIT;
    `);
  } finally {
    db.close();
  }
}
