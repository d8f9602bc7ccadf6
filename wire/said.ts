/**
 * What a task says, as it stands on its process's standard error: a line of JSON behind a mark. A write there is over
 * when it returns. So what was said is out even when the code that said it never yields, or the process is gone right
 * after.
 *
 * @module
 */

import type { PushesToServer } from "./message.ts";
import type { LogEntry } from "./log_lines.ts";

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

/** A task may replace what it finds in `JSON`, and is to be heard all the same. */
const { stringify, parse } = JSON;

/**
 * The text of a record, with its line break. Of JSON only texts are asked for: a task may give lists, and all objects, a
 * `toJSON`.
 */
export function writeSaid([number, taskId, lines, progress]: Said): string {
  let list = "";
  for (let i = 0; i < lines.length; i++) list += (i === 0 ? "" : ",") + lineText(lines[i]);
  const steps = progress === null ? "null" : `[${numberText(progress[0])},${numberText(progress[1])}]`;
  return `${SAID_MARK}[${number},${stringify(taskId)},[${list}],${steps}]\n`;
}

function lineText([level, text, missing]: LogEntry): string {
  return `["${level}",${stringify(text)}${missing === undefined ? "" : `,${missing}`}]`;
}

/** JSON has no text for some numbers: they are written as what they are called. */
function numberText(value: number | null): string {
  return value === null || value - value === 0 ? `${value}` : `"${value}"`;
}

/** A number of a record; undefined when it is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;
}

/** What stands behind a mark, unchecked; undefined when that is no JSON: something else wrote the mark. */
export function readSaid(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
