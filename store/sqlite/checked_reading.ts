/**
 * Reads all that a store's file has, and checks each row. Pages are read whole: an iterator of `node:sqlite` ends without
 * a word where a page is damaged.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { areRows, bitBytes, countOf, inputBytesOf } from "./blocks.ts";
import type { KeptBlock, KeptLetter, KeptResult, KeptRuns, KeptSchedule, KeptStepValue } from "./changes.ts";
import { LETTERS_SINCE, RUNS_SINCE, STEPS_SINCE, VERSION } from "./schema.ts";
import { bytesOf, numbersOf, sumOf } from "./sums.ts";

/** Rows that are read at once. */
const ROWS = 256;
/** Arguments, and payloads, of more bytes are read one by one: there may be many in a page. */
const LONG_BYTES = 65_536;

/** How many rows were found of each kind, damaged ones included. */
export type Found = Record<
  "profiles" | "blocks" | "overs" | "results" | "runs" | "schedules" | "letters" | "steps",
  number
>;

/** None. */
export const NOTHING: Readonly<Found> = {
  profiles: 0,
  blocks: 0,
  overs: 0,
  results: 0,
  runs: 0,
  schedules: 0,
  steps: 0,
  letters: 0,
};

/** Who hears of what is there. */
export interface Reader {
  onProfile(id: number, text: string): void;
  onBlock(block: KeptBlock, inputs: Uint8Array): void;
  onResult(result: KeptResult): void;
  onLetter(letter: KeptLetter, payload: Uint8Array, inputs: Uint8Array): void;
  onRuns(runs: KeptRuns): void;
  onSchedule(schedule: KeptSchedule): void;
  onStep(step: KeptStepValue): void;
  /** Something is not as it was written. What this throws ends the reading; else it is passed over. */
  onDamage(what: string, cause?: unknown): void;
}

type Key = number | string | Uint8Array;
type Row = Record<string, string | number | Uint8Array | null>;

/** What of a table is read, for its key is what its rows are asked for by. */
interface Table {
  readonly name: string;
  readonly columns: string;
  readonly key: string;
  /** What is in the columns, in their order: a number, text, bytes, or bytes that are null where they are long. */
  readonly types: string;
  /** Below and above all keys. */
  readonly bounds: readonly [from: Key, to: Key];
}

const NUMBERS = [-1, Number.MAX_SAFE_INTEGER] as const;
const IDS = [new Uint8Array(), new Uint8Array(17).fill(255)] as const;

/** Reads all that there is in a file of this version; gives how much that was. */
export function readAll(db: DatabaseSync, reader: Reader, version: number = VERSION): Found {
  const found: Found = { ...NOTHING };
  const over = new Map<number, Uint8Array>();
  const overs: Table = { name: "over", columns: "block AS id, sum, bits", key: "block", types: "nnb", bounds: NUMBERS };
  for (const { id, sum, bits } of rowsOf(db, overs, reader)) {
    found.overs++;
    if (sumOf(id as number, bits as Uint8Array) === sum) over.set(id as number, bits as Uint8Array);
    else reader.onDamage(`which tasks of block ${id} are over`);
  }
  const profiles: Table = { name: "profile", columns: "id, sum, text", key: "id", types: "nnt", bounds: NUMBERS };
  for (const { id, sum, text } of rowsOf(db, profiles, reader)) {
    found.profiles++;
    if (sumOf(text as string) === sum) reader.onProfile(id as number, text as string);
    else reader.onDamage(`request ${id}`);
  }
  const columns = `id, profile, sum, input_sum, origin, rows, ${shortOf("inputs")}`;
  for (const row of rowsOf(db, { name: "block", columns, key: "id", types: "nnnntbl", bounds: NUMBERS }, reader)) {
    found.blocks++;
    readBlock(db, row, over.get(row.id as number) ?? null, reader);
  }
  const ofResult = `id, profile, sum, about, ${shortOf("payload")}`;
  const results: Table = { name: "result", columns: ofResult, key: "id", types: "bnntl", bounds: IDS };
  for (const row of rowsOf(db, results, reader)) {
    found.results++;
    readResult(db, row, reader);
  }
  if (version >= LETTERS_SINCE) readLetters(db, found, reader);
  if (version >= RUNS_SINCE) readRunsAndSchedules(db, found, reader);
  if (version >= STEPS_SINCE) readSteps(db, found, reader);
  return found;
}

function readLetters(db: DatabaseSync, found: Found, reader: Reader): void {
  const columns = `id, task, profile, sum, input_sum, about, ${shortOf("payload")}, ${shortOf("inputs")}`;
  const letters: Table = { name: "letter", columns, key: "id", types: "nbnnntll", bounds: NUMBERS };
  for (const row of rowsOf(db, letters, reader)) {
    found.letters++;
    const [id, profile, about] = [row.task as Uint8Array, row.profile as number, row.about as string];
    const payload = longOf(db, "letter", "payload", row);
    const inputs = longOf(db, "letter", "inputs", row);
    if (sumOf(id, profile, about, payload) !== row.sum || sumOf(inputs) !== row.input_sum) {
      reader.onDamage("a failed task that is kept to be run again");
    } else {
      const lengths = { payloadBytes: payload.length, inputBytes: inputs.length };
      reader.onLetter({ id, profile, about, ...lengths }, payload, inputs);
    }
  }
}

function readRunsAndSchedules(db: DatabaseSync, found: Found, reader: Reader): void {
  const runs: Table = { name: "run", columns: "id, sum, about", key: "id", types: "bnt", bounds: IDS };
  for (const { id, sum, about } of rowsOf(db, runs, reader)) {
    found.runs++;
    if (sumOf(id as Uint8Array, about as string) !== sum) reader.onDamage("how often a task has run");
    else reader.onRuns({ id: id as Uint8Array, about: about as string });
  }
  const columns = `id, sum, ${shortOf("value")}`;
  const schedules: Table = { name: "schedule", columns, key: "id", types: "tnl", bounds: ["", "\u{10ffff}"] };
  for (const row of rowsOf(db, schedules, reader)) {
    found.schedules++;
    const id = row.id as string;
    const value = longOf(db, "schedule", "value", row);
    if (sumOf(id, value) !== row.sum) reader.onDamage(`the schedule ${id}`);
    else reader.onSchedule({ id, value });
  }
}

function readSteps(db: DatabaseSync, found: Found, reader: Reader): void {
  const columns = `id, sum, ${shortOf("value")}`;
  for (const row of rowsOf(db, { name: "step", columns, key: "id", types: "bnl", bounds: IDS }, reader)) {
    found.steps++;
    const key = row.id as Uint8Array;
    const value = longOf(db, "step", "value", row);
    if (sumOf(key, value) !== row.sum) reader.onDamage("a recorded step");
    else reader.onStep({ key, value });
  }
}

/** Tells the reader where fewer, or more, were found than there are to be. */
export function compareTally(db: DatabaseSync, found: Found, reader: Pick<Reader, "onDamage">): Found {
  const tally = db.prepare("SELECT * FROM tally").get() as Found | undefined;
  for (const [what, count] of Object.entries(found)) {
    // An older file does not have all of them.
    const expected = tally && (tally[what as keyof Found] ?? 0);
    if (count !== expected) reader.onDamage(`${what}: ${count} of ${expected} are there`);
  }
  return found;
}

/** Null for one that is long. */
function shortOf(column: string): string {
  return `CASE WHEN length(${column}) <= ${LONG_BYTES} THEN ${column} END AS ${column}`;
}

function longOf(db: DatabaseSync, table: string, column: string, { id, [column]: short }: Row): Uint8Array {
  if (short !== null) return short as Uint8Array;
  const row = db.prepare(`SELECT ${column} AS long FROM ${table} WHERE id = ?`).get(id as Key);
  return row?.long as Uint8Array ?? new Uint8Array();
}

function readBlock(db: DatabaseSync, row: Row, over: Uint8Array | null, reader: Reader): void {
  const [id, profile, origin] = [row.id as number, row.profile as number, row.origin as string];
  const bytes = row.rows as Uint8Array;
  if (sumOf(id, profile, origin, bytes) !== row.sum) return reader.onDamage(`block ${id}`);
  const rows = numbersOf(bytes);
  if (bytesOf(rows).length !== bytes.length || !areRows(rows)) return reader.onDamage(`block ${id}`);
  const inputs = longOf(db, "block", "inputs", row);
  if (sumOf(inputs) !== row.input_sum || inputs.length !== inputBytesOf(rows)) {
    return reader.onDamage(`the arguments in block ${id}`);
  }
  const isOver = over?.length === bitBytes(countOf(rows));
  reader.onBlock({ id, profile, origin, rows, over: isOver ? over : null }, inputs);
}

function readResult(db: DatabaseSync, row: Row, reader: Reader): void {
  const [id, profile, about] = [row.id as Uint8Array, row.profile as number, row.about as string];
  const payload = longOf(db, "result", "payload", row);
  if (sumOf(id, profile, about, payload) !== row.sum) return reader.onDamage("a result");
  reader.onResult({ id, profile, about, payload });
}

/** Rows that are what they are to be, in the order of their keys. Where a page cannot be read, those behind it come from the end on. */
function* rowsOf(db: DatabaseSync, table: Table, reader: Reader): Generator<Row> {
  for (const row of anyRowsOf(db, table, reader)) {
    if (hasTypes(row, table.types)) yield row;
    else reader.onDamage(`a row of the table ${table.name}`);
  }
}

function hasTypes(row: Row, types: string): boolean {
  return Object.values(row).every((value, at) => {
    const type = types[at];
    if (type === "n") return typeof value === "number";
    if (type === "t") return typeof value === "string";
    return value instanceof Uint8Array || (type === "l" && value === null);
  });
}

function* anyRowsOf(db: DatabaseSync, { name, columns, key, bounds }: Table, reader: Reader): Generator<Row> {
  const sql = `SELECT ${columns} FROM ${name} WHERE ${key} > ? AND ${key} < ? ORDER BY ${key}`;
  let [from, to] = bounds;
  try {
    const forwards = db.prepare(`${sql} LIMIT ${ROWS}`);
    for (let page: Row[] = [];;) {
      page = forwards.all(from, to) as Row[];
      yield* page;
      if (page.length < ROWS) return;
      from = page.at(-1)!.id as Key;
    }
  } catch (error) {
    if (!isOfSqlite(error)) throw error;
    reader.onDamage(`the table ${name}: ${(error as Error).message}`, error);
  }
  try {
    // One by one: each that can be read counts.
    for (const order of ["", " DESC"]) {
      const one = db.prepare(`${sql}${order} LIMIT 1`);
      for (let row = tryOne(one, from, to); row !== undefined; row = tryOne(one, from, to)) {
        yield row;
        if (order === "") from = row.id as Key;
        else to = row.id as Key;
      }
    }
  } catch (error) {
    if (!isOfSqlite(error)) throw error;
  }
}

function tryOne(
  statement: ReturnType<DatabaseSync["prepare"]>,
  from: Key,
  to: Key,
): Row | undefined {
  try {
    return statement.get(from, to) as Row | undefined;
  } catch (error) {
    if (isOfSqlite(error)) return undefined;
    throw error;
  }
}

function isOfSqlite(error: unknown): boolean {
  const { code } = error as { code?: string };
  // A number that is larger than there are.
  return code === "ERR_SQLITE_ERROR" || code === "ERR_OUT_OF_RANGE";
}
