/**
 * Saves what can be read of a damaged store into a new one, and says what could not.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { bytesOf } from "./sums.ts";
import { UUID_WORDS } from "../../core/uuid.ts";
import { bitBytes, countOf, hasBit, setBit } from "./blocks.ts";
import type { Change, NewBlock } from "./changes.ts";
import { compareTally, readAll, type Reader } from "./checked_reading.ts";
import { isLocked, refusalOf, unusable } from "./file_errors.ts";
import { OwnerFile } from "./owner_file.ts";
import { APPLICATION_ID } from "./schema.ts";
import { StoreFile } from "./store_file.ts";

/** Changes that are written at once. */
const CHANGES = 1000;

/** What was saved, and what was not. */
export interface Salvaged {
  /** That are not over. */
  tasks: number;
  results: number;
  /** Each thing that could not be read. */
  damage: string[];
}

/**
 * Reads `from`, which it leaves as it is, and makes `to`. A task whose end could not be read runs again.
 *
 * @throws {TaskError} `STORE_UNUSABLE` when `from` is no store, or `to` cannot be made; `STORE_IN_USE` while a server has it.
 */
export function salvage(from: string, to: string): Salvaged {
  requireFresh(to);
  const db = openDamaged(from);
  const target = StoreFile.open({ path: to, leastFreeBytes: 0, ballastBytes: 0 });
  try {
    target.read(() => {});
    return copy(db, target);
  } catch (error) {
    throw refusalOf(from, error);
  } finally {
    target.close();
    db.close();
  }
}

function copy(db: DatabaseSync, target: StoreFile): Salvaged {
  const salvaged: Salvaged = { tasks: 0, results: 0, damage: [] };
  const profiles = new Set<number>();
  const ended = new Set<string>();
  const blocks: NewBlock[] = [];
  const always: Change[] = [];
  const flush = () => target.commit({ always: always.splice(0), blocks: blocks.splice(0) });
  const hasProfile = (profile: number, what: string) => {
    if (!profiles.has(profile)) salvaged.damage.push(`${what}: the request that it belongs to is lost`);
    return profiles.has(profile);
  };
  const add = (change: Change) => always.push(change) >= CHANGES && flush();
  const kept: { id: number; over: Uint8Array; rows: Uint32Array }[] = [];
  const reader: Reader = {
    onProfile(id, text) {
      profiles.add(id);
      add(["profile", id, text]);
    },
    onBlock({ id, profile, origin, rows, over }, inputs) {
      if (!hasProfile(profile, `block ${id}`)) return;
      if (blocks.push([id, profile, origin, rows, inputs]) >= CHANGES) flush();
      kept.push({ id, over: over ?? new Uint8Array(bitBytes(countOf(rows))), rows });
    },
    onResult({ id, profile, about, payload }) {
      if (!hasProfile(profile, "a result")) return;
      ended.add(id.toHex());
      salvaged.results++;
      add(["result", id, profile, about, payload]);
    },
    onLetter({ id, profile, about }, payload, inputs) {
      if (!hasProfile(profile, "a failed task")) return;
      ended.add(id.toHex());
      salvaged.results++;
      add(["letter", id, profile, about, payload, inputs]);
    },
    onRuns: ({ id, about }) => void add(["runs", id, about]),
    onSchedule: ({ id, value }) => void add(["schedule", id, value]),
    onStep: ({ key, value }) => void add(["step", key, value]),
    onDamage: (what) => void salvaged.damage.push(what),
  };
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const found = readAll(db, reader, version);
  try {
    compareTally(db, found, reader);
  } catch (error) {
    reader.onDamage(`how much there was: ${(error as Error).message}`);
  }
  flush();
  // Where it is lost which tasks are over, their results say so.
  for (const { id, over, rows } of kept) {
    const count = countOf(rows);
    let left = 0;
    for (let row = 0; row < count; row++) {
      const bytes = bytesOf(rows.subarray(row * UUID_WORDS, (row + 1) * UUID_WORDS));
      if (ended.has(bytes.toHex())) setBit(over, row);
      if (!hasBit(over, row)) left++;
    }
    salvaged.tasks += left;
    if (left < count) add(["over", id, left === 0 ? null : over]);
  }
  flush();
  return salvaged;
}

function openDamaged(path: string): DatabaseSync {
  try {
    Deno.statSync(path);
    const db = new DatabaseSync(path, { readOnly: true });
    // As damaged as it is: a page that cannot be is not to keep others from being read.
    const row = db.prepare("PRAGMA application_id").get() as { application_id: number };
    if (row.application_id !== APPLICATION_ID) {
      db.close();
      throw unusable(path, "it is no store, or its first page is lost", "name another file");
    }
    return db;
  } catch (error) {
    if (isLocked(error)) throw new OwnerFile(path).inUse(path, error);
    throw refusalOf(path, error);
  }
}

function requireFresh(path: string): void {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw refusalOf(path, error);
  }
  throw unusable(path, "it is there already", "name a new file");
}
