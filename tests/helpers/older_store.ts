/**
 * Makes a store's file one of an earlier version, as that version left it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../store/sqlite/schema.ts";

/** What takes away what a version has added to the one before. */
const UNDO: Readonly<Record<number, string>> = {
  2: "DROP TABLE run; DROP TABLE schedule; ALTER TABLE tally DROP COLUMN runs; ALTER TABLE tally DROP COLUMN schedules;",
  3: "DROP TABLE step; ALTER TABLE tally DROP COLUMN steps;",
  4: "DROP TABLE letter; ALTER TABLE tally DROP COLUMN letters;",
  5: "DROP TABLE identity; ALTER TABLE tally DROP COLUMN store;",
};

/** Nobody has it open. */
export function makeOlder(path: string, version: number): void {
  using db = new DatabaseSync(path);
  for (let at = VERSION; at > version; at--) db.exec(UNDO[at]);
  db.exec(`PRAGMA user_version = ${version}`);
}
