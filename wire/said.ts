/**
 * What a task says, as it stands on its process's standard error: a line of JSON behind a mark. A write there is over
 * when it returns. So what was said is out even when the code that said it never yields, or the process is gone right
 * after.
 *
 * @module
 */

import type { LogEntry, PushesToServer } from "./message.ts";

/** Begins a record; a record ends with its line. The character separates records in ASCII, and shows as nothing. */
export const SAID_MARK = "\x1e";

/** A longer line is no record. */
export const MAX_SAID_CHARS = 512 * 1024;

/** A write of so many bytes cannot be torn by what another program writes to the same pipe (`PIPE_BUF`). */
export const WHOLE_BYTES = 4096;

/** A record: the number of it, counted from 1 by its process; whose it is; what that said. */
export type Said = readonly [
  number: number,
  taskId: string,
  lines: readonly LogEntry[],
  progress: PushesToServer["progress"] | null,
];

/** The text of a record, with its line break. */
export function writeSaid(said: Said): string {
  return `${SAID_MARK}${stringify(said)}\n`;
}

/** A task may replace what it finds in `JSON`, and is to be heard all the same. */
const { stringify, parse } = JSON;

/** What stands behind a mark, unchecked; undefined when that is no JSON: something else wrote the mark. */
export function readSaid(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
