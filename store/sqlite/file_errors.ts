/**
 * What SQLite says of a file, as a refusal that names the file and what to do.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";

/** The store's file cannot be used as it is. */
export function unusable(path: string, why: string, remedy: string, cause?: unknown): TaskError {
  const message = `Cannot use ${path} as a store: ${why}; ${remedy}`;
  return new TaskError("STORE_UNUSABLE", message, cause === undefined ? undefined : { cause });
}

/** What to do about a damaged file. */
export const SALVAGE = "save what can be read into a new file with --salvage NEW-FILE, or move this one away";

/** A part of the file is not as it was written. */
export function damaged(path: string, what: string, cause?: unknown): TaskError {
  return unusable(path, `it is damaged (${what})`, SALVAGE, cause);
}

/** What is wrong, by SQLite's primary code. */
const BY_CODE: Readonly<Record<number, readonly [why: string, remedy: string]>> = {
  8: ["it cannot be written to", "give this user the right to write it and its folder"],
  10: [
    "the disk does not read or write it",
    "look for the disk's faults; a copy may be salvaged with --salvage NEW-FILE",
  ],
  11: ["it is damaged", SALVAGE],
  13: ["the disk is full", "make room"],
  14: ["it cannot be opened", "give this user the right to read and write it and its folder"],
  26: ["it is no database, or the damaged rest of one", SALVAGE],
};

/** Where an error comes without its code. */
const BY_TEXT: readonly (readonly [text: string, code: number])[] = [
  ["readonly", 8],
  ["disk I/O error", 10],
  ["malformed", 11],
  ["is full", 13],
  ["unable to open", 14],
  ["not a database", 26],
  ["locked", 5],
];

/** SQLite's primary code of an error; 0 for one that is not SQLite's. */
export function sqliteCode(error: unknown): number {
  const { errcode, code, message = "" } = error as { errcode?: number; code?: string; message?: string };
  if (typeof errcode === "number") return errcode & 0xff;
  if (code !== "ERR_SQLITE_ERROR") return 0;
  return BY_TEXT.find(([text]) => message.includes(text))?.[1] ?? 1;
}

/** True for one that says that the disk is full, and nothing else is wrong. */
export function isFull(error: unknown): boolean {
  return sqliteCode(error) === 13;
}

/** Another connection has the file. */
export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 5 || code === 6;
}

/** What went wrong with the file, as a refusal. */
export function refusalOf(path: string, error: unknown): TaskError {
  if (error instanceof TaskError) return error;
  const [why, remedy] = BY_CODE[sqliteCode(error)] ?? [(error as Error).message, "mend that, or use another file"];
  return unusable(path, why, remedy, error);
}
